"""The tiles of the volunteer's page: what most parishes do, each with its kind, form and title."""

from __future__ import annotations

from dataclasses import dataclass

from coalition.core.i18n import LANGUAGES, marked, translations


@dataclass(frozen=True)
class Preset:
    """One tile; `form` is the word of the record, `words` the title that the activity gets."""

    code: str
    kind: str
    form: str
    words: str

    @property
    def title(self) -> dict[str, str]:
        return {language: translations(language).gettext(self.words) for language in LANGUAGES}


PRESETS = (
    Preset("lesson", "PREVENTION", "school lesson", marked("School lesson")),
    Preset("youth", "PREVENTION", "youth meeting", marked("Youth meeting")),
    Preset("prayer", "AWARENESS", "prayer service", marked("Prayer or sermon")),
    Preset("leaflets", "AWARENESS", "leaflets", marked("Leaflets, posters")),
    Preset("officials", "ADVOCACY", "meeting", marked("Talk with officials")),
    Preset("working", "COORDINATION", "meeting", marked("Working meeting")),
)
BY_CODE = {preset.code: preset for preset in PRESETS}
PEOPLE = (5, 10, 20, 30, 50)
USUAL_PEOPLE = 10
KINDS_WITH_TOPIC = tuple(preset.code for preset in PRESETS if preset.kind == "PREVENTION")
