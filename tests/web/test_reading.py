"""Pages that are read: in three languages, small, and with the headers that keep them private."""

from __future__ import annotations

import re

import pytest

from coalition.core.i18n import LANGUAGES
from coalition.web.listings import LISTINGS
from tests.web.site import Site

PUBLIC = [
    "",
    *(f"/{listing.name}" for listing in LISTINGS),
    "/a/ACT-001",
    "/o/diaconia",
    "/sign-in",
    "/privacy",
    "/graphql/plain",
]
LARGEST_PAGE = 100 * 1024
LARGEST_VOLUNTEER_PAGE = 30 * 1024
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PUBLIC)
def test_page_answers_in_the_language_of_its_address(reader: Site, path: str, language: str) -> None:
    page = reader.open(f"/{language}{path}", **{"accept-language": "de"})

    assert page.status == 200
    assert f'<html lang="{language}">' in page.html
    assert "None" not in page.text


def test_address_without_language_answers_as_the_browser_asks(reader: Site) -> None:
    assert '<html lang="ru">' in reader.open("/", **{"accept-language": "ru-MD"}).html
    assert '<html lang="en">' in reader.open("/", **{"accept-language": "de"}).html


@pytest.mark.parametrize("path", PUBLIC)
def test_page_fits_its_budget(reader: Site, path: str) -> None:
    assert _transferred(reader, f"/ru{path}") <= LARGEST_PAGE


def test_volunteer_page_fits_its_budget(reader: Site) -> None:
    reader.sign_in("reporter")

    assert _transferred(reader, "/ru/log") <= LARGEST_VOLUNTEER_PAGE


def _transferred(site: Site, path: str) -> int:
    """Bytes of the page and of everything it loads, as sent: compressed only where the server compresses."""
    response = site.client.get(path)
    loaded = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', response.text))
    sizes = [int(site.client.get(address).headers["content-length"]) for address in loaded]
    return int(response.headers["content-length"]) + sum(sizes)


def test_page_loads_nothing_from_elsewhere_and_has_no_script_of_its_own(reader: Site) -> None:
    html = reader.open("/ro").html

    assert re.findall(r'(?:src|rel="stylesheet" href)="(?!/static/)[^"]*"', html) == []
    assert "<script" not in html
    assert re.search(r"\sstyle=|\son\w+=", html) is None


def test_every_page_has_the_headers(reader: Site) -> None:
    for path in ("/ro", "/ro/nothing", "/ro/activities?kind=NOTHING"):
        headers = reader.open(path).headers

        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_page_of_somebody_signed_in_is_never_stored(reader: Site) -> None:
    assert reader.open("/ro/privacy").headers["cache-control"] == "no-cache"

    reader.sign_in("auditor")

    assert reader.open("/ro/privacy").headers["cache-control"] == "no-store"


def test_asset_with_its_version_is_kept_for_a_year(reader: Site) -> None:
    address = re.search(r'href="(/static/site\.css\?v=\w+)"', reader.open("/ro").html)

    assert address is not None
    assert reader.open(address[1]).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reader.open("/static/site.css").headers["cache-control"] == "no-cache"


def test_first_page_shows_no_assistance(reader: Site) -> None:
    page = reader.open("/en")

    assert "85 activities" in page.text
    assert "Boundaries do not imply endorsement." in page.text
    assert "Assistance ·" not in page.text


def test_list_goes_on_where_it_ended(reader: Site) -> None:
    first = reader.open("/en/organisations")
    onwards = re.search(r'rel="next" href="([^"]+)"', first.html)

    assert onwards is not None
    second = reader.open(onwards[1].replace("&amp;", "&"))
    assert _slugs(first.html) & _slugs(second.html) == set()
    assert len(_slugs(first.html)) == len(_slugs(second.html)) == 25


def _slugs(html: str) -> set[str]:
    return set(re.findall(r'class="title" href="/en/o/([^"]+)"', html))


def test_filters_stay_chosen_and_can_find_nothing(reader: Site) -> None:
    page = reader.open("/en/activities?kind=PREVENTION&search=nowhere")

    assert page.form("/en/activities").fields["kind"] == ["PREVENTION"]
    assert "0 entries" in page.text
    assert "Nothing matches. Take out one of the filters." in page.text


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/a/NOTHING", "/o/nothing", "/t/nothing", "/s/nothing", "/activities?kind=NOTHING"],
)
def test_what_is_not_there_has_a_page_that_says_so(reader: Site, path: str) -> None:
    page = reader.open(f"/ro{path}")

    assert page.status == 404
    assert "Această pagină nu există" in page.text


def test_address_that_cannot_be_read_has_a_page_that_says_so(reader: Site) -> None:
    page = reader.open("/ru/activities?after=nonsense")

    assert page.status == 400
    assert "Этот адрес неполный" in page.text


def test_detail_page_names_source_and_licence(reader: Site) -> None:
    page = reader.open("/en/a/ACT-001")

    assert 'href="https://iom.int/news/moldova-unite-prayer-victims-trafficking"' in page.html
    assert 'rel="noreferrer noopener external"' in page.html
    assert "Apache-2.0" in page.text


def test_outsider_learns_of_a_protected_service_only_its_region(reader: Site) -> None:
    reader.sign_in("reporter")
    listed = reader.open("/en/services?search=mother").html
    address = re.search(r'href="(/en/s/[^"]+)"', listed)

    assert address is not None
    page = reader.open(address[1])
    assert "Centre" in page.text
    assert "Chișinău" not in page.text
    assert "Source" not in page.text


def test_page_shows_its_own_document(reader: Site) -> None:
    page = reader.open("/en/activities?district=MD-CA")

    assert "query Activities($first: Int!" in page.text
    assert "&#34;district&#34;: &#34;MD-CA&#34;" in page.html


def test_playground_allows_no_other_host(reader: Site) -> None:
    page = reader.open("/graphql", accept="text/html")

    assert page.status == 200
    assert "https://" not in page.headers["content-security-policy"]
    assert re.findall(r'(?:src|href)="(?!/)[^"]*"', page.html) == []


def test_plain_page_answers_a_query(reader: Site) -> None:
    form = reader.open("/en/graphql/plain").form("/en/graphql/plain")

    answered = reader.send(form, query="{ organisations(first: 0) { totalCount } }")
    refused = reader.send(form, query="{ nothing }")
    unread = reader.send(form, variables="[1]")

    assert '"totalCount": 67' in answered.text
    assert '"errors"' in refused.text
    assert "This is not a JSON object." in unread.text


def test_plain_page_has_the_limits_of_the_endpoint(reader: Site) -> None:
    form = reader.open("/en/graphql/plain").form("/en/graphql/plain")
    nested = "participants { organisation { activities(first: 100) { nodes {"
    query = f"{{ activities(first: 100) {{ nodes {{ {nested} {nested} code {'}' * 8} }} }} }}"

    refused = reader.send(form, query=query)

    assert '"code": "TOO_COMPLEX"' in refused.text


def test_token_of_a_form_is_new_each_time(reader: Site) -> None:
    first, second = (reader.open("/en/sign-in").form("/en/sign-in").fields["form_token"] for _ in range(2))

    assert first != second
