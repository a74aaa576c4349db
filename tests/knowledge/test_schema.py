from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.knowledge.load import COUNTRIES, DEFAULT_PACK
from bot.knowledge.schema import FOLDER, write_schemas

FILES = [*sorted(DEFAULT_PACK.rglob("*.yml")), COUNTRIES]


def test_the_committed_schemas_are_those_of_the_model(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "schema")
    assert [file.name for file in written] == sorted(file.name for file in FOLDER.iterdir())
    assert [file.name for file in written if file.read_bytes() != (FOLDER / file.name).read_bytes()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_files_of_the_real_pack_fit_their_schema(file: Path) -> None:
    _validator(file).validate(yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("file", "broken"),
    [
        ("concepts/eyes.yml", {"concepts": {"diplopia": {"labell": "double vision"}}}),
        ("rules.yml", {"triage_rules": [{"id": "x", "level": "soon"}]}),
        ("pack.yml", {"id": "x"}),
        ("sources.yml", {"source": {}}),
    ],
)
def test_what_does_not_fit_is_refused(file: str, broken: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        _validator(DEFAULT_PACK / file).validate(broken)


def _validator(file: Path) -> jsonschema.Draft202012Validator:
    kind = file.stem if file.parent in (DEFAULT_PACK, COUNTRIES.parent) else file.parent.name
    return jsonschema.Draft202012Validator(json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8")))
