"""`aftercheck channels`, as a clinic reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.command import check, dead, resend
from tests.channels.platforms.conftest import World
from tests.channels.platforms.simulation import NAMES

PUBLIC = "https://bot.clinic.example"


def lines(printed: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in printed.splitlines())


@pytest.mark.parametrize("url", [PUBLIC, f"{PUBLIC}/", None])
def test_all_is_well(world: World, capsys: pytest.CaptureFixture[str], url: str | None) -> None:
    assert check(world.credentials, url) == 0
    told = lines(capsys.readouterr().out)
    assert set(told) == set(NAMES)
    untold = {"slack"} if url else {"slack", "twilio"}
    for name, line in told.items():
        told_or_not = "registration not told by the platform" if name in untold else "registered"
        assert line.startswith(f"configured, reachable, {told_or_not} ("), line


def test_a_webhook_that_is_set_to_another_address(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(world.credentials, "https://else.example") == 1
    told = lines(capsys.readouterr().out)
    wrong = {name for name, line in told.items() if "NOT registered" in line}
    assert wrong == {"telegram", "whatsapp", "twilio"}
    assert f"the webhook is {PUBLIC}/webhooks/telegram/webhook; 0 updates wait" in told["telegram"]


def test_a_platform_that_does_not_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        for api in world.apis.values():
            api.down = True
        assert check(world.credentials, PUBLIC) == 1
    finally:
        for api in world.apis.values():
            api.down = False
    told = lines(capsys.readouterr().out)
    assert set(told.values()) == {"configured, NOT reachable (HTTP 503)"}


def test_what_is_not_configured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "credentials.yml"
    file.write_text("bot.channels.rest.RestChannel: {}\n")
    assert check(file, None) == 0
    assert capsys.readouterr().out == "".join(f"{name}: not configured\n" for name in sorted(NAMES))


def test_a_channel_that_is_not_there_has_nothing_to_send_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert resend(world.credentials, world.state, "fax") == 1
    assert "fax is not configured" in capsys.readouterr().err
    assert resend(world.credentials, world.state, None) == 0
    assert set(lines(capsys.readouterr().out)) == set(NAMES)
    assert dead(world.credentials, world.state) == 0
    assert capsys.readouterr().out == "".join(f"{name}: 0 not delivered\n" for name in NAMES)
