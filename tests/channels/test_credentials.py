from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.base import Channel
from bot.channels.credentials import load_channels
from bot.knowledge.errors import KnowledgeError
from bot.settings import CREDENTIALS_FILE, SettingsError


def test_the_channels_of_the_repository_are_served() -> None:
    channels = load_channels(CREDENTIALS_FILE)
    assert {"rest", "web"} <= {channel.name() for channel in channels}
    assert all(isinstance(channel, Channel) for channel in channels)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: ]", 1, "not valid YAML"),
        ("", 1, "must be a mapping"),
        ("- a", 1, "must be a mapping"),
        ("\nrest: {}", 2, "no channel of Aftercheck"),
        ("bot.channels.rest.NoChannel: {}", 1, "no channel of Aftercheck"),
        ("bot.channels.nowhere.RestChannel: {}", 1, "no channel of Aftercheck"),
        ("bot.channels.rest.body: {}", 1, "no channel of Aftercheck"),
        ("bot.channels.rest.json: {}", 1, "no channel of Aftercheck"),
        ("..: {}", 1, "no channel of Aftercheck"),
        # Rasa's own channels know neither a token nor the frame.
        ("rasa.core.channels.rest.RestInput: {}", 1, "no channel of Aftercheck"),
        ("bot.channels.rest.RestChannel: 7", 1, "option: value"),
        ("bot.channels.rest.RestChannel: {tokn: x}", 1, "`tokn` is no option"),
        ("bot.channels.rest.RestChannel: {}\nbot.channels.rest.RestChannel: {}", 2, "twice"),
    ],
)
def test_a_broken_file_is_pointed_at(tmp_path: Path, text: str, line: int, says: str) -> None:
    file = tmp_path / "credentials.yml"
    file.write_text(text)
    with pytest.raises((SettingsError, KnowledgeError)) as raised:
        load_channels(file)
    message = str(raised.value)
    assert message.startswith(f"{file}:{line}: ")
    assert says in message
    assert "\n" not in message


def test_a_missing_file_is_pointed_at(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"credentials\.yml:1: .*cannot be read"):
        load_channels(tmp_path / "credentials.yml")


def test_an_empty_entry_is_no_option(tmp_path: Path) -> None:
    file = tmp_path / "credentials.yml"
    file.write_text("bot.channels.rest.RestChannel:\n")
    assert [channel.name() for channel in load_channels(file)] == ["rest"]
