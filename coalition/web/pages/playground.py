"""GraphQL for people: the playground, and a plain page that works without scripts."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from coalition.core.i18n import translations
from coalition.web.forms import Form, read_form
from coalition.web.gateway import document, read_variables, run_text
from coalition.web.language import language_of
from coalition.web.render import page

# The fonts of the playground stand in its style sheet as data. The hash is of the one style that its dialogs
# write, against scrolling behind them; everything else it sets in ways that need no permission.
PLAYGROUND_POLICY = (
    "default-src 'self'; style-src 'self' 'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo=';"
    " font-src 'self' data:; img-src 'self' data:;"
    " base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
)


def graphiql_page(request: Request) -> Response:
    """The playground, for a browser that opens the endpoint itself."""
    response = page(request, "playground.html", {"query": document("playground")})
    response.headers["Content-Security-Policy"] = PLAYGROUND_POLICY
    return response


async def plain(request: Request) -> Response:
    if request.method == "POST":
        form = await read_form(request, ("variables",))
        return page(request, "plain_query.html", {"form": form, "answer": await _answer(request, form)})
    name = request.query_params.get("document", "playground")
    known = files("coalition.web").joinpath("queries", f"{name}.graphql") if name.isidentifier() else None
    text = document(name) if known is not None and known.is_file() else document("playground")
    values = {"query": [text], "variables": [request.query_params.get("variables", "")]}
    return page(request, "plain_query.html", {"form": Form(values), "answer": None})


async def _answer(request: Request, form: Form) -> str | None:
    """What the query answers, as indented JSON; None when the variables cannot be read."""
    variables = read_variables(form.text("variables") or "{}")
    if variables is None:
        form.note("variables", translations(language_of(request)).gettext("This is not a JSON object."))
        return None
    result = await run_text(request, form.text("query"), variables)
    shown: dict[str, Any] = {"data": result.data}
    if result.errors:
        shown["errors"] = result.errors
    return json.dumps(shown, ensure_ascii=False, indent=2, default=str)
