"""The trained dialogue model: made once for the files that it depends on, found again by their hash."""

from __future__ import annotations

import hashlib
import logging
import sys
import time
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path

from bot.settings import ROOT, SettingsError

MODELS = ROOT / "models"
TRAINING_FILES = ("data/nlu", "data/rules", "data/stories")


class TrainingError(SettingsError):
    """The model could not be trained; the message says what to look at."""


def _inputs() -> Iterable[Path]:
    yield from (ROOT / "config.yml", ROOT / "domain.yml", ROOT / "bot" / "dialogue" / "reader_component.py")
    for folder in TRAINING_FILES:
        yield from sorted((ROOT / folder).rglob("*.yml"))


def model_file() -> Path:
    """Where the model for the present files is, or will be."""
    digest = hashlib.sha256()
    for file in _inputs():
        digest.update(file.relative_to(ROOT).as_posix().encode())
        digest.update(file.read_bytes())
    return MODELS / f"aftercheck-{digest.hexdigest()[:12]}.tar.gz"


def ensure_model() -> Path:
    """The model for the present files, trained now if there is none. Shows progress. Raises TrainingError."""
    file = model_file()
    if file.is_file():
        return file
    print("Training the dialogue model (about half a minute, only after a change) ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    _show_progress()
    from rasa.model_training import train

    # What Rasa prints is progress too; standard output is for what was asked for.
    with redirect_stdout(sys.stderr):
        result = train(
            domain=str(ROOT / "domain.yml"),
            config=str(ROOT / "config.yml"),
            training_files=[str(ROOT / folder) for folder in TRAINING_FILES],
            output=str(MODELS),
            fixed_model_name=file.name.removesuffix(".tar.gz"),
        )
    if result.code or not file.is_file():
        raise TrainingError("the dialogue model could not be trained; `rasa data validate` names the file to mend")
    for old in MODELS.glob("aftercheck-*.tar.gz"):
        if old != file:
            old.unlink()
    print(f"Trained in {time.monotonic() - started:.0f} seconds.", file=sys.stderr, flush=True)
    return file


def _show_progress() -> None:
    """Print what Rasa trains as it starts and ends each part."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("  %(message)s"))
    steps = logging.getLogger("rasa.engine.training.hooks")
    steps.setLevel(logging.INFO)
    steps.addHandler(handler)
    steps.propagate = False
