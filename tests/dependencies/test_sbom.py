"""The bill of materials, checked by the official schema of CycloneDX (tests/dependencies/cyclonedx, Apache-2.0)."""

from __future__ import annotations

import json
from email.message import Message
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, RefResolver

from bot.cli import main
from bot.dependencies.command import READER
from bot.dependencies.licenses import SPDX, cyclonedx, license_of
from bot.dependencies.pins import Pin
from bot.dependencies.project import read_project
from bot.dependencies.sbom import purl

SCHEMAS = {
    file.name: json.loads(file.read_text(encoding="utf-8"))
    for file in (Path(__file__).parent / "cyclonedx").glob("*.schema.json")
}
BOM = SCHEMAS["bom-1.6.SNAPSHOT.schema.json"]
STORE = {f"http://cyclonedx.org/schema/{name}": schema for name, schema in SCHEMAS.items()}
VALIDATOR = Draft7Validator(BOM, resolver=RefResolver(BOM["$id"], BOM, STORE))


def printed(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["dependencies", "sbom", *options]) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def bom() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lines.append)
        assert main(["dependencies", "sbom"]) == 0
    loaded: dict[str, Any] = json.loads(lines[0])
    return loaded


def test_it_is_valid(bom: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(bom)] == []
    # The check itself can fail.
    assert list(VALIDATOR.iter_errors({**bom, "specVersion": 3}))
    assert list(
        VALIDATOR.iter_errors(
            {**bom, "components": [{"type": "library", "name": "a", "licenses": [{"license": {"id": "No"}}]}]}
        )
    )


def test_it_has_every_pin_with_its_hashes(bom: dict[str, Any]) -> None:
    components = {component["bom-ref"]: component for component in bom["components"]}
    pins = read_project().pins
    assert {purl(pin) for pin in pins} <= set(components)
    locked = [component for component in components.values() if component.get("scope") == "required"]
    assert locked
    assert [component["name"] for component in locked if not component.get("hashes")] == []


def test_the_graph_begins_at_the_project_and_names_only_what_is_there(bom: dict[str, Any]) -> None:
    graph = {each["ref"]: each["dependsOn"] for each in bom["dependencies"]}
    refs = {component["bom-ref"] for component in bom["components"]}
    root = bom["metadata"]["component"]["bom-ref"]
    assert set(graph) == {root, *refs}
    assert {needed for those in graph.values() for needed in those} <= refs
    asked = " ".join(graph[root])
    assert "pkg:pypi/rasa@" in asked
    assert "pkg:npm/typescript@" in asked
    assert any(ref.startswith("pkg:pypi/sanic@") for ref in graph[next(r for r in refs if r.startswith("pkg:pypi/rasa@"))])


def test_the_trained_reader_is_in_it(bom: dict[str, Any]) -> None:
    model = next(component for component in bom["components"] if component["type"] == "machine-learning-model")
    assert model["hashes"] == [{"alg": "SHA-256", "content": sha256(READER.read_bytes()).hexdigest()}]
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_it_is_the_same_each_time_unless_a_number_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys) == printed(capsys)
    one, other = (json.loads(printed(capsys, "--serial")) for _ in range(2))
    assert one["serialNumber"] != other["serialNumber"]
    assert VALIDATOR.is_valid(one)


@pytest.mark.parametrize(
    ("pin", "url"),
    [
        (Pin("PyPI", "ruamel-yaml", "0.17.21", "run"), "pkg:pypi/ruamel-yaml@0.17.21"),
        (Pin("npm", "@a/b", "1.0.0+c", "run"), "pkg:npm/%40a/b@1.0.0%2Bc"),
    ],
)
def test_package_urls(pin: Pin, url: str) -> None:
    assert purl(pin) == url


def metadata(**fields: str) -> Message:
    message = Message()
    for name, value in fields.items():
        for one in value.split("|"):
            message[name.replace("_", "-")] = one
    return message


OSI = "License :: OSI Approved"


@pytest.mark.parametrize(
    ("fields", "license"),
    [
        ({"License_Expression": "MIT AND PSF-2.0", "License": "x"}, "MIT AND PSF-2.0"),
        ({"License": "Apache License, Version 2.0"}, "Apache-2.0"),
        ({"License": "MIT license", "Classifier": f"{OSI} :: BSD License"}, "MIT"),
        ({"Classifier": f"Framework :: X|{OSI}|{OSI} :: MIT License"}, "MIT"),
        ({"Classifier": f"{OSI} :: MIT License|{OSI} :: Apache Software License"}, "MIT OR Apache-2.0"),
        ({"License": "UNKNOWN", "Classifier": f"{OSI} :: BSD License"}, "BSD License"),
        ({"License": "Permission is hereby granted\n" * 9}, None),
        ({"License": "Our own"}, "Our own"),
        ({}, None),
    ],
)
def test_the_license_of_a_distribution(fields: dict[str, str], license: str | None) -> None:
    assert license_of(metadata(**fields)) == license


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (None, []),
        ("MIT", [{"license": {"id": "MIT"}}]),
        ("(MIT OR Apache-2.0)", [{"expression": "(MIT OR Apache-2.0)"}]),
        ("MIT OR Ours", [{"license": {"name": "MIT OR Ours"}}]),
        ("BSD License", [{"license": {"name": "BSD License"}}]),
    ],
)
def test_how_a_license_is_written(text: str | None, written: list[object]) -> None:
    assert cyclonedx(text) == written


def test_the_ids_are_those_of_spdx() -> None:
    assert set(SCHEMAS["spdx.SNAPSHOT.schema.json"]["enum"]) >= SPDX
