from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from tests.safety import assert_answers_what_is_odd, assert_safe, kinds, levels
from tests.serving import Server, request

EMERGENCY = "I cannot breathe"
SECRET = "Zanzibar-7431"


# ---- pages


@pytest.mark.parametrize(
    ("path", "kind", "file"),
    [
        ("/static/aftercheck-chat.js", "text/javascript", "dist/aftercheck-chat.js"),
        ("/static/page.css", "text/css", "page.css"),
        ("/static/embed.css", "text/css", "embed.css"),
        ("/static/icon.svg", "image/svg+xml", "icon.svg"),
    ],
)
def test_what_the_page_loads_is_served_as_it_is(server: Server, path: str, kind: str, file: str) -> None:
    answer = server.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.body == (ROOT / "web" / file).read_bytes()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert request(server.url + path, headers={"If-None-Match": answer.headers["etag"]}).status == 304
    compressed = request(server.url + path, headers={"Accept-Encoding": "br, gzip"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(compressed.body) == answer.body


@pytest.mark.parametrize(("path", "file"), [("/", "index.html"), ("/embed", "embed.html")])
def test_a_page_says_the_emergency_number_and_the_hash_of_its_script(server: Server, path: str, file: str) -> None:
    page = server.get(path).body.decode()
    assert page == (ROOT / "web" / file).read_text(encoding="utf-8").replace("{{emergency}}", '<a href="tel:911">911</a>')
    source, integrity = re.findall(r'src="(static/[^"]+)" integrity="sha384-([^"]+)"', page)[0]
    script = server.get("/" + source)
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert base64.b64encode(hashlib.sha384(script.body).digest()).decode() == integrity


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/static/aftercheck-chat.js", "public, max-age=300, must-revalidate"),
        ("/static/aftercheck-chat.js?v=old", "public, max-age=300, must-revalidate"),
        ("/static/page.css", "no-cache"),
        ("/static/aftercheck-chat.json", "no-cache"),
    ],
)
def test_a_file_without_its_version_is_not_kept_for_long(server: Server, path: str, kept: str) -> None:
    assert server.get(path).headers["cache-control"] == kept


def test_the_server_tells_how_another_site_loads_the_widget(server: Server) -> None:
    told = server.get("/static/aftercheck-chat.json")
    assert told.headers["access-control-allow-origin"] == "*"
    script = request(told.json["url"])
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.body == server.get("/static/aftercheck-chat.js").body
    assert len(script.body) == told.json["bytes"]
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(script.body).digest()).decode()
    assert told.json["integrity"] == integrity
    url = told.json["url"]
    assert told.json["tag"] == f'<script type="module" crossorigin src="{url}" integrity="{integrity}"></script>'


def test_nobody_but_a_proxy_of_ours_says_what_our_address_is(server: Server) -> None:
    told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"}
    found = request(server.url + "/static/aftercheck-chat.json", headers=told).json
    assert found["url"].startswith(f"{server.url}/static/")
    assert "evil" not in found["tag"]


@pytest.mark.parametrize("path", ["/", "/embed", "/health", "/webhooks/web/hello", "/webhooks/rest/", "/nowhere"])
def test_every_response_is_kept_out_of_caches_frames_and_foreign_hands(server: Server, path: str) -> None:
    headers = server.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    page = (ROOT / "web" / "index.html").read_text(encoding="utf-8")
    assert " style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count('<script type="module" src=')


PLACES = [
    "/static/../clinic.yml",
    "/static/%2e%2e%2fclinic.yml",
    "/static/index.html",
    "/static/aftercheck-chat.000000000000.js",
    "/clinic.yml",
    "/static/",
    "/model",
    "/docs",
]


@pytest.mark.parametrize("path", PLACES)
def test_nothing_else_of_the_project_is_served(server: Server, path: str) -> None:
    assert server.get(path).status == 404


# ---- errors


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"/{SECRET}", None, 404),
        ("POST", f"/webhooks/{SECRET}", b"{}", 404),
        ("GET", "/webhooks/rest/webhook", None, 405),
        ("DELETE", "/", None, 405),
        ("POST", "/webhooks/rest/webhook", SECRET.encode(), 400),
        ("POST", "/webhooks/rest/webhook", SECRET.encode() * 20_000, 413),
        ("POST", "/webhooks/web/message", SECRET.encode(), 401),
    ],
    ids=range(7),
)
def test_an_error_repeats_nothing_of_the_request(
    server: Server, method: str, path: str, body: bytes | None, status: int
) -> None:
    answer = request(server.url + path, method, body)
    assert answer.status == status
    assert list(answer.json) == ["error"]
    assert SECRET.encode() not in answer.body


# ---- talk


def test_a_conversation_over_rest(server: Server) -> None:
    said = server.rest("anna", "I have had a headache for two days")
    assert_safe(said)
    said = server.rest("anna", EMERGENCY)
    assert_safe(said)
    assert levels(said) == ["emergency"]


def test_a_conversation_on_the_page(server: Server) -> None:
    token = server.post("/webhooks/web/session", {}).json["token"]
    access = {"Authorization": f"Bearer {token}"}
    assert server.post("/webhooks/web/message", {"id": "a", "text": EMERGENCY}, **access).status == 200
    entries: list[dict[str, Any]] = []
    while len(entries) < 2:
        entries += request(f"{server.url}/webhooks/web/entries?after={len(entries)}&wait=20", headers=access).json["entries"]
    assert levels(entries[1:]) == ["emergency"]


@pytest.mark.parametrize("message", ["", "\x00", "\ud800", "🙂", '/inform{"a": 1}', "x" * 9000, "{{7*7}}"])
def test_odd_messages_get_a_safe_reply(server: Server, message: str) -> None:
    assert_answers_what_is_odd(server.rest(f"odd {message[:5]!r}", message))


def test_many_at_once_are_all_answered(server: Server) -> None:
    senders = ["one and the same"] * 8 + [f"sender {i}" for i in range(8)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda sender: server.rest(sender, "I have a headache and a bruise"), senders))
    for said in answers:
        assert_safe(said)
        assert all(reply["custom"].get("reason") != "failed" for reply in said)


def test_health_stays_true_and_leaves_nothing_behind(server: Server) -> None:
    assert [server.get("/health").json for _ in range(3)] == [{"status": "ok"}] * 3
    said = server.rest("canary", "I have a headache")
    assert "emergency" not in levels(said)


def test_a_session_of_rest_is_none_of_the_page(server: Server) -> None:
    server.rest("web:x", EMERGENCY)
    assert "question" in kinds(server.rest("x", "I have a headache"))


# ---- start and end


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_and_stops_quietly_even_with_a_connection_open(trained: None, tmp_path: Path, how: signal.Signals) -> None:
    with Server(tmp_path, AFTERCHECK_REST_TOKEN="streng-geheim") as server:
        body = json.dumps({"sender": SECRET, "message": SECRET}).encode()
        assert request(f"{server.url}/webhooks/rest/webhook", "POST", body).status == 401
        open_connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        open_connection.request("POST", "/webhooks/rest/webhook", body, {"Authorization": "Bearer streng-geheim"})
        assert open_connection.getresponse().status == 200
        assert server.stop(how) == 0
        open_connection.close()
        assert server.errors() == ""
