"""JSON Schema of the knowledge files, generated from the model, so that an editor can complete and check them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from bot.knowledge.load import COUNTRY_SECTION, DATA, HEAD, SECTIONS, Section
from bot.knowledge.model import Head

FOLDER = DATA / "knowledge" / "schema"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{name}"


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of every kind of knowledge file, by the name of the file that holds it."""
    made = {f"{_kind(section)}.json": _of_section(section) for section in (*SECTIONS, COUNTRY_SECTION)}
    (reference,), parts = msgspec.json.schema_components([Head], ref_template=_REFERENCE)
    return {**made, f"{Path(HEAD).stem}.json": {"$schema": _DRAFT, "title": HEAD, **reference, "$defs": parts}}


def write_schemas(folder: Path | None = None) -> list[Path]:
    """Write all schemas to `folder` (data/knowledge/schema when None), which is made if needed; the files written."""
    target = folder or FOLDER
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in sorted(schemas().items()):
        file = target / name
        file.write_bytes(msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n")
        written.append(file)
    return written


def _kind(section: Section) -> str:
    """concepts for concepts/*.yml, rules for rules.yml."""
    path = Path(section.files)
    return path.parent.name or path.stem


def _of_section(section: Section) -> dict[str, Any]:
    (reference,), parts = msgspec.json.schema_components([section.entry], ref_template=_REFERENCE)
    if section.is_mapping:
        entry = parts[section.entry.__name__]
        del entry["properties"]["id"]
        entry["required"].remove("id")
        content: dict[str, Any] = {"type": "object", "additionalProperties": reference}
    else:
        content = {"type": "array", "items": reference}
    return {
        "$schema": _DRAFT,
        "title": section.files,
        "type": "object",
        "properties": {section.name: content},
        "required": [section.name],
        "additionalProperties": False,
        "$defs": parts,
    }
