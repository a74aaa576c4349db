"""Loads Rasa before any test module here imports it."""

from __future__ import annotations

from tests.loading import load_rasa

load_rasa()
