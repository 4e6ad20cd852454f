"""What the pages about security say is so: every test they name exists, every requirement has a row."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from coalition.web.render import environment

ROOT = Path(__file__).parents[1]
SECURITY = ROOT / "docs" / "security"
IDS = Path(__file__).parent / "security" / "asvs-5.0-ids.csv"
PAGES = [ROOT / "SECURITY.md", *sorted(SECURITY.glob("*.md"))]
STATUSES = {"met", "part", "not applicable", "gap"}
# What no module of ours may do: make code or objects from text, start programs, read XML.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "subprocess", "xml", "lxml", "yaml", "os.system"}

Row = tuple[str, str, str, str, str]


@cache
def rows() -> list[Row]:
    """The rows of the map: id, about, status, where, test or setting."""
    lines = (SECURITY / "asvs.md").read_text("utf-8").splitlines()
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d", line)
    ]
    assert {len(cells) for cells in found} == {5}
    return [tuple(cells) for cells in found]  # type: ignore[misc]


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def named_tests(text: str) -> list[tuple[str, str]]:
    """The tests that a page names: file and function."""
    return re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", text)


# ------------------------------------------------------------------ the map of requirements


def test_every_requirement_of_levels_one_and_two_has_one_row() -> None:
    with IDS.open(encoding="utf-8") as file:
        wanted = [line["id"] for line in csv.DictReader(line for line in file if not line.startswith("#"))]

    assert len(wanted) == 253
    assert [row[0] for row in rows()] == wanted


def test_every_status_is_one_of_few_and_what_is_met_names_its_test() -> None:
    later = re.compile(r"later: issue \d+")
    unknown = [row for row in rows() if row[2] not in STATUSES and not later.fullmatch(row[2])]
    bare = [row[0] for row in rows() if row[2] in ("met", "part") and not row[4]]
    wordless = [row[0] for row in rows() if not row[1] or not row[3]]

    assert (unknown, bare, wordless) == ([], [], [])


def test_settings_named_in_the_map_exist() -> None:
    described = set(
        re.findall(r"^\| `(COALITION_\w+)`", (ROOT / "docs/settings.md").read_text("utf-8"), re.MULTILINE)
    )
    named = {name for row in rows() for name in re.findall(r"COALITION_\w+", row[4])}

    assert named <= described


def test_counts_in_the_map_are_right() -> None:
    counts = Counter(row[2] for row in rows())
    text = (SECURITY / "asvs.md").read_text("utf-8")

    print(f"\nASVS 5.0, levels 1 and 2: {dict(counts.most_common())}")
    for status, count in counts.items():
        assert f"| {status} | {count} |" in text, (status, count)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_that_a_page_names_exist(page: Path) -> None:
    named = named_tests(page.read_text("utf-8"))

    missing = [f"{path}::{name}" for path, name in named if name not in functions_of(path)]
    assert missing == []
    assert named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


# ------------------------------------------------------------------ what the pages promise of the code


def modules() -> list[tuple[Path, ast.Module]]:
    """Every module of the package, parsed."""
    paths = sorted((ROOT / "coalition").rglob("*.py"))
    return [(path, ast.parse(path.read_text("utf-8"))) for path in paths]


def test_no_code_or_object_is_made_from_text_and_no_program_started() -> None:
    found = []
    for path, tree in modules():
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                names = [node.func.id] if node.func.id in FORBIDDEN_CALLS else []
            elif isinstance(node, ast.Import):
                names = [each.name for each in node.names if each.name.split(".")[0] in FORBIDDEN_MODULES]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module] if node.module.split(".")[0] in FORBIDDEN_MODULES else []
            found += [(path.name, name) for name in names]

    assert found == []


def test_no_module_asks_another_host() -> None:
    """Nothing of the package imports a client for HTTP, mail or the like; PostgreSQL is the only address."""
    clients = {"httpx", "httpx2", "requests", "urllib3", "aiohttp", "smtplib", "ftplib", "http", "socket"}
    found = {
        (path.relative_to(ROOT).as_posix(), each)
        for path, tree in modules()
        for node in ast.walk(tree)
        for each in _imported(node)
        if each.split(".")[0] in clients or each == "urllib.request"
    }

    # The command line and the server listen on sockets; cookies are read with the standard library.
    # Mail goes to the server of COALITION_SMTP_URL.
    found -= {("coalition/notifications/smtp.py", "smtplib")}
    # When somebody signs in by the provider of COALITION_OIDC_ISSUER, it is asked who that is.
    found -= {("coalition/access/providers/client.py", "httpx2")}
    # `coalition login` asks the coalition that somebody names on their own command line.
    found -= {("coalition/login.py", "httpx2")}
    assert {name for _, name in found} <= {"socket", "http", "http.cookies"}
    assert {path for path, name in found if name == "socket"} <= {
        "coalition/cli.py",
        "coalition/server/listening.py",
    }


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []


def test_package_is_python_alone() -> None:
    native = {".so", ".pyd", ".dll", ".c", ".cpp", ".pyx", ".rs"}

    assert [path for path in (ROOT / "coalition").rglob("*") if path.suffix in native] == []


@pytest.mark.parametrize("language", ["ro", "ru", "en"])
def test_pages_escape_whatever_is_put_into_them(language: str) -> None:
    made = environment(language)
    shown = made.from_string("<p title='{{ text }}'>{{ text }}</p>").render(text="<b onclick='x'>&\"</b>")
    trusted = [
        path.name
        for path in (ROOT / "coalition/web/templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape", path.read_text("utf-8"))
    ]

    escaped = "&lt;b onclick=&#39;x&#39;&gt;&amp;&#34;&lt;/b&gt;"
    assert shown == f"<p title='{escaped}'>{escaped}</p>"
    assert trusted == []


def test_password_fields_are_masked_and_open_to_managers() -> None:
    fields = [
        tag
        for path in (ROOT / "coalition/web/templates").rglob("*.html")
        for tag in re.findall(r"<input[^>]*password[^>]*>", path.read_text("utf-8"))
    ]

    assert len(fields) >= 2
    assert all('type="password"' in tag for tag in fields)
    # A PIN is one of several people's at one browser, which must not keep it.
    pins = [tag for tag in fields if re.search(r'name="(pin|newPin|newPinAgain)"', tag)]
    assert all('autocomplete="off"' in tag for tag in pins)
    managed = [tag for tag in fields if tag not in pins]
    assert all(re.search(r'autocomplete="(current|new)-password"', tag) for tag in managed)


def test_locks_have_a_hash_for_every_package() -> None:
    for lock in ("runtime", "dev", "fuzz", "node"):
        text = (ROOT / f"requirements/{lock}.txt").read_text("utf-8")
        packages = re.split(r"^(?=[\w.\-]+(?:\[[\w,\-]+\])?==)", text, flags=re.MULTILINE)[1:]
        assert packages
        assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_security_page_says_what_is_promised() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")

    for heading in ("How to report", "What never enters the system", "Dependencies", "Supported versions"):
        assert f"## {heading}\n" in text
    assert re.search(r"within \w+ days", text)
