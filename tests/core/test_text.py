from __future__ import annotations

import pytest

from coalition.core.text import (
    fold,
    in_language,
    is_language_tag,
    like_pattern,
    search_terms,
    search_text,
    sort_key,
    sort_keys,
    spellings,
    words,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Chișinău", "chisinau"),
        # Cedilla and comma below, composed and decomposed, are the same letters to a reader.
        ("Ştefan Vodă", "stefan voda"),
        ("Ștefan Vodă", "stefan voda"),
        ("S\u0326tefan Voda\u0306", "stefan voda"),
        ("Țepeș Ţepeş", "tepes tepes"),
        ("Йогурт", "йогурт"),
        ("И\u0306огурт", "йогурт"),
        ("Берёза", "береза"),
        ("Українська їжа", "украінська іжа"),
        ("STRASSE Straße", "strasse strasse"),
        ("ﬁlm", "film"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hîncești", "Hâncești"),
        ("Hîncești", "HANCESTI"),
        ("Hâncești", "hincesti"),
        ("România", "Romania"),
        ("Rîșcani", "Râşcani"),
        ("ёлка", "Елка"),
    ],
)
def test_spellings_of_one_word_share_a_form(one: str, other: str) -> None:
    assert set(spellings(one)) & set(spellings(other))


def test_spellings_of_other_words_share_none() -> None:
    assert not set(spellings("Bălți")) & set(spellings("Balta"))
    assert spellings("Cahul") == ("cahul",)
    assert spellings("Hîncești") == ("hancesti", "hincesti")


def test_words_are_letters_and_digits_of_any_script() -> None:
    assert words("S\u0326tefan Voda\u0306") == ["Ștefan", "Vodă"]
    assert words("Anti-trafic: 25 семинаров (2007)!") == ["Anti", "trafic", "25", "семинаров", "2007"]


def test_search_text_holds_every_spelling_once() -> None:
    found = search_text(["Hîncești, hîncești", None, "", "День молитвы"])

    assert found == "hancesti hincesti день молитвы"


def test_search_terms_of_nothing_but_signs() -> None:
    assert search_terms(" % _- ") == [("_",)]
    assert search_terms("  ") == []
    assert search_terms("Rîșcani 2") == [("rascani", "riscani"), ("2",)]


@pytest.mark.parametrize(
    ("form", "pattern"), [("rugaciune", "%rugaciune%"), ("a_b", "%a\\_b%"), ("a%\\", "%a\\%\\\\%")]
)
def test_like_pattern_takes_wildcards_as_they_stand(form: str, pattern: str) -> None:
    assert like_pattern(form) == pattern


def test_sort_key_follows_the_romanian_dictionary() -> None:
    names = [
        "Șoldănești",
        "Soroca",
        "Sângerei",
        "Telenești",
        "Țîra",
        "Anenii Noi",
        "Ățel",
        "Âbc",
        "Azur",
        "Bălți",
    ]

    assert sorted(names, key=sort_key) == [
        "Anenii Noi",
        "Azur",
        "Ățel",
        "Âbc",
        "Bălți",
        "Sângerei",
        "Soroca",
        "Șoldănești",
        "Telenești",
        "Țîra",
    ]


def test_sort_key_follows_the_russian_alphabet() -> None:
    names = ["Ёлка", "Елена", "Яр", "Йод", "Игра", "Кагул"]

    assert sorted(names, key=lambda name: sort_key(name, "ru")) == [
        "Елена",
        "Ёлка",
        "Игра",
        "Йод",
        "Кагул",
        "Яр",
    ]


def test_sort_key_leaves_signs_and_case_out() -> None:
    assert sort_key("«La  Strada» – CENTRUL") == "la strada centrul"


@pytest.mark.parametrize(
    ("texts", "language", "text"),
    [
        ({"ro": "r", "ru": "р", "en": "e"}, "ru", "р"),
        ({"ro": "r", "en": "e"}, "ru", "r"),
        ({"en": "e", "uk": "у"}, "ru", "e"),
        ({"uk": "у", "de": "d"}, "ru", "d"),
        ({"ru": "", "en": "e"}, "ru", "e"),
        ({}, "ro", ""),
    ],
)
def test_in_language_falls_back(texts: dict[str, str], language: str, text: str) -> None:
    assert in_language(texts, language) == text


def test_sort_keys_follow_the_text_that_a_reader_sees() -> None:
    assert sort_keys({"ro": "Școală", "en": "School"}) == {
        "ro": sort_key("Școală", "ro"),
        "ru": sort_key("Școală", "ru"),
        "en": "school",
    }


@pytest.mark.parametrize("tag", ["ro", "ru", "en", "uk", "rom", "ro-MD", "ru-Cyrl", "sr-Latn-RS", "es-419"])
def test_is_language_tag(tag: str) -> None:
    assert is_language_tag(tag)


@pytest.mark.parametrize(
    "tag", ["", "r", "xx", "romanian", "ro_MD", "ro-", "-ro", "12", "ro MD", "Română", "ro-M", "ro\n"]
)
def test_is_no_language_tag(tag: str) -> None:
    assert not is_language_tag(tag)
