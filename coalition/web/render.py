"""Pages from templates, in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from coalition.core.i18n import translations
from coalition.web import desks, gateway, labels, outside, show
from coalition.web.assets import asset
from coalition.web.forms import TOKEN_FIELD, csrf_token
from coalition.web.language import LANGUAGE_NAMES, Query, language_of, link, same_page


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=PackageLoader("coalition.web"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    # The extension adds this method while the program runs.
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(asset=asset, LANGUAGE_NAMES=LANGUAGE_NAMES, TOKEN_FIELD=TOKEN_FIELD)
    made.filters.update(show.filters(language))
    made.filters["label"] = labels.labeller(language)
    return made


def page(
    request: Request, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> HTMLResponse:
    """A whole page."""
    language = language_of(request)
    html = (
        environment(language)
        .get_template(template)
        .render(
            {
                "language": language,
                "link": lambda path, **query: link(request, path, _flat(query)),
                "same_page": lambda other: same_page(request, other),
                "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
                "signed_in": gateway.is_signed_in(request),
                "may": lambda *permissions: any(gateway.actor(request).may(name) for name in permissions),
                "form_token": lambda: csrf_token(request),
                "provider": outside.provider_name(request),
                "at_desk": desks.standing(request),
                **(values or {}),
            }
        )
    )
    return HTMLResponse(html, status)


def go_to(request: Request, path: str, **query: str) -> RedirectResponse:
    """Send the browser on after a form was accepted."""
    return RedirectResponse(link(request, path, _flat(query)), 303)


def _flat(query: Mapping[str, Any]) -> Query:
    for name, value in query.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            if each is not None:
                yield name, str(each)
