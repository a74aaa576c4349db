"""Which channels are served: the classes that credentials.yml names."""

from __future__ import annotations

from pathlib import Path

from rasa.shared.exceptions import RasaException
from rasa.shared.utils.common import class_from_module_path

from bot.channels.base import Channel
from bot.knowledge.located import read_yaml
from bot.settings import ROOT, SettingsError

CREDENTIALS = ROOT / "credentials.yml"


def load_channels(credentials: Path) -> list[Channel]:
    """The channels of a credentials file. Raises SettingsError or KnowledgeError with file and line."""
    located = read_yaml(credentials)
    channels = []
    for path, options in located.data.items():
        where = f"{credentials}:{located.line(path)}"
        try:
            found = class_from_module_path(path)
        except (ImportError, ValueError, TypeError, RasaException):
            found = object
        if not issubclass(found, Channel):
            raise SettingsError(
                f"{where}: `{path}` is no channel of Aftercheck; expected for example bot.channels.rest.RestChannel"
            )
        if options is not None and not isinstance(options, dict):
            raise SettingsError(f"{where}: `{path}` must hold `option: value` lines, or {{}} for none")
        try:
            channels.append(found.from_credentials(options))
        except (SettingsError, RasaException) as error:
            raise SettingsError(f"{where}: {error}") from None
    return channels
