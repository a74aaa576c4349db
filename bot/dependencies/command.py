"""`aftercheck dependencies audit` and `aftercheck dependencies sbom`."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

from bot.dependencies.accepted import load_accepted
from bot.dependencies.audit import audit
from bot.dependencies.database import EXPECTED, DatabaseError, read_database
from bot.dependencies.graph import Installed, Key, needed_by
from bot.dependencies.pins import Locked, LockError
from bot.dependencies.project import debian, read_project
from bot.dependencies.report import as_json, as_text, in_one_line
from bot.dependencies.sbom import Model, Project, sbom
from bot.settings import ROOT, SettingsError

READER = ROOT / "data" / "understanding" / "model" / "reader.onnx"
LICENSE = "Apache-2.0"


def run_audit(places: Sequence[Path], *, machine: bool, accepted: Path | None = None) -> int:
    """Print the audit. Returns 0 where no advisory is open, 1 where one is, 2 where nothing could be audited."""
    try:
        locked = read_project()
        wanted = {(pin.ecosystem, pin.name) for pin in locked.pins}
        database = read_database(places, wanted)
        known = load_accepted(accepted) if accepted else load_accepted()
    except (LockError, DatabaseError, SettingsError) as error:
        print(in_one_line(str(error)), file=sys.stderr)
        return 2
    now = datetime.now(timezone.utc)
    made = audit(locked.pins, database, known, needed_by(locked.requires), now, locked.unpinned, debian())
    print(as_json(made) if machine else as_text(made))
    if not made.audited:
        print(f"The database says nothing of any package that is pinned; {EXPECTED}", file=sys.stderr)
        return 2
    return 1 if made.open else 0


def run_sbom(*, serial: bool) -> int:
    """Print the bill of materials. Returns 2 where a lock file could not be read."""
    try:
        locked = read_project()
    except LockError as error:
        print(error, file=sys.stderr)
        return 2
    number = uuid.uuid4().urn if serial else None
    print(json.dumps(sbom(locked, _project(), [_reader()], _licenses(locked), number), indent=2, ensure_ascii=False))
    return 0


def _project() -> Project:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    name, version, description = (
        match[1] if (match := re.search(rf'^{key} = "(.*)"$', text, re.MULTILINE)) else ""
        for key in ("name", "version", "description")
    )
    return Project(name, version, LICENSE, description)


def _reader() -> Model:
    digest = sha256(READER.read_bytes()).hexdigest()
    about = "Finds symptoms in a message: all-MiniLM-L6-v2, trained further for this project (docs/dependencies.md)."
    return Model("aftercheck-reader", digest[:12], digest, LICENSE, about)


def _licenses(locked: Locked) -> dict[Key, str]:
    """The licenses of what is installed here, as its metadata gives them."""
    installed = Installed(distributions())
    found = {pin.key: installed.license(pin.name) for pin in locked.pins if pin.ecosystem == "PyPI"}
    return {key: text for key, text in found.items() if text}
