"""districts.csv: the first-level areas of a country, and every spelling that finds them."""

from __future__ import annotations

import re

import sqlalchemy as sa

from coalition.core.text import sort_keys
from coalition.core.unit_of_work import UnitOfWork
from coalition.intake.cells import Cells
from coalition.intake.storing import Children, Loading, Outcome, store
from coalition.members.enums import TerritoryLevel
from coalition.members.models import Territory, TerritorySpelling
from coalition.members.repository import district_key, regions_by_code

COLUMNS = ("code", "type", "region", "name_ro", "name_en", "name_ru", "alt_names")
_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
# Russian names of districts are adjectives: people leave the noun out.
_RUSSIAN_NOUN = " район"


def load_district(loading: Loading, cells: Cells) -> Outcome:
    """Store one district under its region."""
    code = cells.required("code")
    spellings = _spellings(cells)
    if _CODE.fullmatch(code):
        _check_unambiguous(loading.uow, cells, code, spellings)
    else:
        cells.fault("code", f"{code!r} is no ISO 3166-2 code such as MD-CU")
    region = cells.code("region", regions_by_code(loading.uow))
    name = {language: cells.required(f"name_{language}", limit=200) for language in ("en", "ro", "ru")}
    cells.check()
    values = {
        "parent_id": region.id if region else None,
        "country": code[:2],
        "type_text": cells.text("type"),
        "name": name,
        **{f"sort_{language}": key for language, key in sort_keys(name).items()},
    }
    rows = [{"spelling": spelling} for spelling in spellings]
    part = Children("spellings", TerritorySpelling, parent="territory_id", rows=rows)
    key = {"level": TerritoryLevel.DISTRICT, "code": code}
    return store(loading, Territory, key=key, values=values, parts=[part])[1]


def _spellings(cells: Cells) -> dict[str, str]:
    """Every folded spelling with the column it comes from."""
    russian = cells.text("name_ru") or ""
    written = [(column, cells.text(column) or "") for column in ("code", "name_ro", "name_en", "name_ru")]
    written += [("alt_names", alternative) for alternative in cells.many("alt_names")]
    written.append(("name_ru", russian.removesuffix(_RUSSIAN_NOUN)))
    found: dict[str, str] = {}
    for column, text in written:
        # Romanian writes one sound as î or as â, by the year of the document.
        for variant in (text, text.replace("â", "î"), text.replace("î", "â")):
            found.setdefault(district_key(variant), column)
    found.pop("", None)
    return found


def _check_unambiguous(uow: UnitOfWork, cells: Cells, code: str, spellings: dict[str, str]) -> None:
    taken = uow.db.execute(
        sa.select(TerritorySpelling.spelling, Territory.code)
        .join(Territory, Territory.id == TerritorySpelling.territory_id)
        .where(TerritorySpelling.spelling.in_(spellings), Territory.code != code)
    )
    for spelling, other in taken:
        cells.fault(spellings[spelling], f"{spelling!r} already finds {other}; a spelling finds one district")
