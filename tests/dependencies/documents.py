"""Small advisories, pins and databases to test with."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import yaml

from bot.dependencies.advisories import Advisory, decode
from bot.dependencies.pins import Ecosystem, Pin

NOW = "2026-11-30T00:00:00Z"


def document(
    *events: dict[str, str], name: str = "sanic", ecosystem: str = "PyPI", versions: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    """An advisory as a database writes it; without events it has no range."""
    ranges = [{"type": "SEMVER" if ecosystem == "npm" else "ECOSYSTEM", "events": list(events)}] if events else []
    affected = {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges, "versions": list(versions)}
    return {"id": "CVE-1", "modified": NOW, "affected": [affected], **more}


def advisory(*events: dict[str, str], **more: Any) -> Advisory:
    return decode(json.dumps(document(*events, **more)).encode(), as_yaml=False)


def pin(version: str = "1.0", name: str = "sanic", ecosystem: Ecosystem = "PyPI") -> Pin:
    return Pin(ecosystem, name, version, "run")


def write_folder(folder: Path, *documents: dict[str, Any], as_yaml: bool = False) -> Path:
    """A database as a folder: one file an advisory, in a folder of its own as the PyPA has them."""
    for number, one in enumerate(documents):
        file = folder / "vulns" / str(number) / f"{one['id']}.{'yaml' if as_yaml else 'json'}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(one) if as_yaml else json.dumps(one), encoding="utf-8")
    return folder


def write_zip(file: Path, *documents: dict[str, Any]) -> Path:
    """A database as osv.dev exports it."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in documents:
            archive.writestr(f"{one['id']}.json", json.dumps(one))
    return file
