"""Behind a reverse proxy under a path prefix: everything that the widget needs, the WebSocket included."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.web.client import Tab
from tests.serving import Server, request

PREFIX = "/chat/aftercheck"
CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
  server {{
    listen 127.0.0.1:{port};
    location {prefix}/ {{
      proxy_pass {upstream}/;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Prefix {prefix};
    }}
  }}
}}
"""


@pytest.fixture(scope="module")
def behind(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that knows of its proxy."""
    with Server(tmp_path_factory.mktemp("server"), AFTERCHECK_PROXIES="127.0.0.1") as running:
        yield running
    assert running.errors() == ""


@pytest.fixture(scope="module")
def proxied(behind: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server behind nginx."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert nginx, "scripts/debian.sh nginx nginx"
    folder = tmp_path_factory.mktemp("nginx")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file: Path = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, prefix=PREFIX, upstream=behind.url))
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not (folder / "pid").exists():
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_all_that_a_page_names_is_found_under_the_prefix(proxied: str) -> None:
    for page in ("/", "/embed"):
        text = request(f"{proxied}{PREFIX}{page}").body.decode()
        named = re.findall(r'(?:src|href)="(?!tel:|#)([^"]+)"', text)
        assert len(named) > 2
        for address in named:
            assert not address.startswith(("/", "http"))
            assert request(f"{proxied}{PREFIX}/{address}").status == 200


def test_the_tag_for_another_site_names_the_public_address(proxied: str) -> None:
    told = request(f"{proxied}{PREFIX}/static/aftercheck-chat.json").json
    assert told["url"].startswith(f"{proxied}{PREFIX}/static/")
    assert request(told["url"]).status == 200


async def test_a_conversation_over_the_websocket_and_by_polling(proxied: str) -> None:
    begun = request(f"{proxied}{PREFIX}/webhooks/web/session", "POST", headers={"Origin": proxied})
    token = begun.json["token"]
    assert begun.headers["access-control-allow-origin"] == proxied
    async with Tab(proxied, token, prefix=PREFIX, origin=proxied) as tab:
        assert await tab.say("a", "I cannot breathe") == {"ok": True}
        entries = await tab.heard(2)
    polled = request(f"{proxied}{PREFIX}/webhooks/web/entries?after=0", headers={"Authorization": f"Bearer {token}"})
    assert polled.json == {"entries": entries, "typing": False}
    foreign = request(f"{proxied}{PREFIX}/webhooks/web/session", "POST", headers={"Origin": "https://evil.example"})
    assert foreign.status == 403
