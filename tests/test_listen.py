from __future__ import annotations

import socket

import pytest

from bot.listen import address_of, listen
from bot.settings import SettingsError


@pytest.fixture(autouse=True)
def without_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERCHECK_REST_TOKEN", raising=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_this_machine_is_served_on_a_free_port(host: str) -> None:
    with listen(host, "0") as taken:
        name, _, port = address_of(taken).partition(":")
        assert name.startswith("127.")
        assert int(port) > 0


@pytest.mark.parametrize("port", ["", "abc", "-1", "65536", "5005.0", "５００５", "1e3", "0x50", " 80"])
def test_a_port_is_a_number_up_to_65535(port: str) -> None:
    with pytest.raises(SettingsError, match=r"^port .*: expected a number from 0 to 65535"):
        listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["256.1.1.1", "not a host", "\udcff", "a" * 300])
def test_an_address_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="no such address"):
        listen(host, "0")


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_the_network_is_served_only_with_a_token(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="AFTERCHECK_REST_TOKEN"):
        listen(host, "0")
    monkeypatch.setenv("AFTERCHECK_REST_TOKEN", "streng-geheim")
    with listen(host, "0") as taken:
        assert taken.getsockname()[0] in ("0.0.0.0", "::")


def test_a_port_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", "0") as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SettingsError, match=rf"^port {port} on 127\.0\.0\.1: .*Choose another with --port$"):
            listen("127.0.0.1", port)


def test_an_address_of_six_bytes_stands_in_brackets() -> None:
    class Bound(socket.socket):
        def getsockname(self) -> tuple[str, int, int, int]:
            return "::1", 5005, 0, 0

    with Bound() as bound:
        assert address_of(bound) == "[::1]:5005"
