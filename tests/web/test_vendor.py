"""Files of other projects are those that the manifest names."""

from __future__ import annotations

import json
from hashlib import sha256

from coalition.web.assets import FOLDER

VENDOR = FOLDER / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text("utf-8"))


def test_every_file_has_the_hash_of_the_manifest() -> None:
    stated = {each["name"]: each["sha256"] for package in MANIFEST["packages"] for each in package["files"]}
    found = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "manifest.json"
    }

    assert found == stated


def test_every_package_names_version_and_licence() -> None:
    assert [
        (package["name"], package["version"], package["licence"]) for package in MANIFEST["packages"]
    ] == [
        ("react", "18.3.1", "MIT"),
        ("react-dom", "18.3.1", "MIT"),
        ("graphiql", "4.1.2", "MIT"),
    ]
