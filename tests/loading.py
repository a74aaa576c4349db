"""Loads Rasa and what stands on it, without the warnings with which its libraries tell of each other's age."""

from __future__ import annotations

import warnings


def load_rasa() -> None:
    """Has to come before any other import of Rasa."""
    from bot.dialogue.agent import prepare

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        prepare()
        import bot.server  # noqa: F401  # for what it imports
