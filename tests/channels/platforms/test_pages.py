"""Each platform has its page, its row and its example, and they are true."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from bot.channels.credentials import load_channels
from bot.channels.messaging.channel import MessagingChannel
from bot.settings import CREDENTIALS_FILE, ROOT, SettingsError
from tests.channels.platforms.simulation import NAMES, simulation
from tests.channels.platforms.test_reading import channel_of

ALL = pytest.mark.parametrize("name", NAMES)
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def page(name: str) -> str:
    return (ROOT / "docs" / "channels" / f"{name}.md").read_text(encoding="utf-8")


def served(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messaging channels of a credentials file, whose variables are all set."""
    for variable in _VARIABLE.findall(text):
        monkeypatch.setenv(variable, "streng-geheim")
    file = folder / "credentials.yml"
    file.write_text(text)
    return [channel.name() for channel in load_channels(file) if isinstance(channel, MessagingChannel)]


@ALL
def test_every_option_is_on_the_page(name: str) -> None:
    options = channel_of(simulation(name)).platform.Options
    for field in msgspec.structs.fields(options):
        [row] = re.findall(rf"^\| `{field.name}` \| .*$", page(name), re.MULTILINE)
        assert row.endswith("| the server does not start |") == field.required, row


@ALL
def test_the_example_of_the_page_is_a_channel(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [example] = [block for block in re.findall(r"```yaml\n(.*?)```", page(name), re.DOTALL) if "bot.channels." in block]
    assert served(example, tmp_path, monkeypatch) == [name]


@ALL
def test_the_platform_stands_in_the_table(name: str) -> None:
    platform = channel_of(simulation(name)).platform
    table = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    [row] = re.findall(rf"^\| \[[^\]]+\]\(channels/{name}\.md\).*$", table, re.MULTILINE)
    assert f"`{simulation(name).channel}`" in row
    assert f"{platform.limits.text:,}" in row
    assert not platform.limits.choices or str(platform.limits.choices) in re.findall(r"\d+", row)


def test_the_examples_of_the_credentials_file_are_channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry that is commented out; the text before the first one is prose."""
    text = CREDENTIALS_FILE.read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"^# ((?:bot\.|  ).*)$", text, re.MULTILINE))
    assert sorted(served(examples, tmp_path, monkeypatch)) == list(NAMES)


def test_a_missing_variable_is_pointed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELEGRAM_SECRET", raising=False)
    monkeypatch.setenv("TELEGRAM_TOKEN", "123:abc")
    file = tmp_path / "credentials.yml"
    file.write_text(
        "\nbot.channels.telegram.TelegramChannel:\n  token: ${TELEGRAM_TOKEN}\n  secret_token: ${TELEGRAM_SECRET}\n"
    )
    with pytest.raises(SettingsError, match=rf"^{file}:4: `secret_token` needs the variable TELEGRAM_SECRET"):
        load_channels(file)


def test_a_number_without_quotes_is_pointed_at(tmp_path: Path) -> None:
    options = {**simulation("whatsapp").options("http://127.0.0.1:9"), "phone_number_id": 106540352242922}
    file = tmp_path / "credentials.yml"
    file.write_text(yaml.safe_dump({simulation("whatsapp").channel: options}))
    with pytest.raises(SettingsError, match=r"phone_number_id.*put it in quotes"):
        load_channels(file)
