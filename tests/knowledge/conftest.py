"""A copy of the real pack that a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.knowledge.load import COUNTRIES, DEFAULT_PACK


@pytest.fixture
def pack_folder(tmp_path: Path) -> Path:
    """The real pack and, beside it, the countries."""
    folder = tmp_path / DEFAULT_PACK.name
    shutil.copytree(DEFAULT_PACK, folder)
    shutil.copy(COUNTRIES, tmp_path)
    return folder
