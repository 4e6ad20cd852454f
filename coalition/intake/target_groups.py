"""The codes for what the record writes about whom a service is for."""

from __future__ import annotations

from coalition.assistance.enums import TargetGroup as Group

# Services that are open to whoever comes read as any; groups that no code says read as other.
_CODES: dict[str, tuple[Group, ...]] = {
    "callers in moldova and abroad": (Group.ANY,),
    "children": (Group.CHILDREN,),
    "children from troubled families": (Group.CHILDREN,),
    "girls aged 14-17 at risk": (Group.GIRLS_14_17,),
    "girls leaving orphanages": (Group.YOUNG_CARE_LEAVERS,),
    "men": (Group.MEN,),
    "mothers with children in crisis": (Group.WOMEN_WITH_CHILDREN,),
    "participants of the programmes": (Group.OTHER,),
    "pregnant women in difficulty": (Group.PREGNANT_WOMEN,),
    "refugees": (Group.REFUGEES,),
    "refugees with special needs": (Group.REFUGEES,),
    "residents": (Group.ANY,),
    "residents of the left bank": (Group.ANY,),
    "ukrainian refugee families": (Group.REFUGEES,),
    "victims and potential victims": (Group.TRAFFICKING,),
    "victims and potential victims of trafficking": (Group.TRAFFICKING,),
    "victims of domestic violence": (Group.DOMESTIC_VIOLENCE,),
    "victims of violence": (Group.DOMESTIC_VIOLENCE,),
    "villagers": (Group.ANY,),
    "vulnerable people": (Group.ANY,),
    "women after trafficking and sexual exploitation": (Group.WOMEN, Group.TRAFFICKING),
    "women and children": (Group.WOMEN, Group.CHILDREN, Group.WOMEN_WITH_CHILDREN),
    "women and children in crisis": (Group.WOMEN, Group.CHILDREN, Group.WOMEN_WITH_CHILDREN),
    "women and children survivors of violence": (
        Group.WOMEN,
        Group.CHILDREN,
        Group.WOMEN_WITH_CHILDREN,
        Group.DOMESTIC_VIOLENCE,
    ),
    "women facing violence": (Group.WOMEN, Group.DOMESTIC_VIOLENCE),
    "women victims of sexual violence including trafficking": (Group.WOMEN, Group.TRAFFICKING),
    "women with children": (Group.WOMEN_WITH_CHILDREN,),
    "young people leaving orphanages": (Group.YOUNG_CARE_LEAVERS,),
}


def target_groups_of(text: str | None) -> list[str]:
    """The codes for a text; other for one that is not known here, none for no text."""
    if text is None:
        return []
    return [group.value for group in _CODES.get(text.casefold(), (Group.OTHER,))]


def only_target_group(codes: list[str]) -> str | None:
    """The code of a pool: that of its service where it has exactly one that narrows it."""
    narrowing = [code for code in codes if code not in (Group.ANY, Group.OTHER)]
    return narrowing[0] if len(narrowing) == len(codes) == 1 else None
