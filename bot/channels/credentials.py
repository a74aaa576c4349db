"""Which channels are served: the classes that credentials.yml names, with their options.

`${NAME}` in an option stands for the variable of the environment, so that the file need not hold a secret.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rasa.shared.exceptions import RasaException
from rasa.shared.utils.common import class_from_module_path

from bot.channels.base import Channel
from bot.knowledge.located import Located, read_yaml
from bot.settings import SettingsError, variable

_VARIABLE = re.compile(r"\$\{(\w+)\}")


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
        filled = {name: _filled(value, located, path, name) for name, value in (options or {}).items()}
        try:
            channels.append(found.from_credentials(filled))
        except (SettingsError, RasaException) as error:
            raise SettingsError(f"{where}: {error}") from None
    return channels


def _filled(value: Any, located: Located, *key: str) -> Any:
    """An option with the environment's variables in it."""
    if not isinstance(value, str):
        return value

    def fill(named: re.Match[str]) -> str:
        found = variable(named[1])
        if found is None:
            where = f"{located.file}:{located.line(*key)}"
            raise SettingsError(f"{where}: `{key[-1]}` needs the variable {named[1]} of the environment, which is not set")
        return found

    return _VARIABLE.sub(fill, value)
