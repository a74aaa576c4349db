"""The files of web/ that are served: the chat page at `/`, the embed example, and under /static what they load.

The pages are filled with the clinic's emergency number, so that it can be read without JavaScript. An address of the widget
that carries its version may be kept for ever, the bare one for minutes; other files are asked for anew each time, with
their hash. /static/aftercheck-chat.json tells the version, the integrity hash and the tag that loads it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.http import Edge, as_response, peer_of
from bot.channels.web.channel import greeting
from bot.settings import ROOT

WEB = ROOT / "web"
PAGES = {"": "index.html", "embed": "embed.html"}
WIDGET = "aftercheck-chat.js"
ASSETS = {
    WIDGET: ("dist/aftercheck-chat.js", "text/javascript; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "embed.css": ("embed.css", "text/css; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
# Other sites may load these: the widget itself is public, and a script with an integrity hash needs this header.
SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_EVER = "public, max-age=31536000, immutable"
FOR_MINUTES = "public, max-age=300, must-revalidate"
ANEW = "no-cache"
_EMERGENCY = "{{emergency}}"


@dataclass(frozen=True)
class Asset:
    """A file as it is served."""

    content: bytes
    compressed: bytes
    kind: str
    etag: str


@cache
def page(name: str) -> str:
    """A page with the emergency number of the clinic in it, as a link that calls where it is a number."""
    text = (WEB / PAGES[name]).read_text(encoding="utf-8")
    emergency = greeting()["emergency"]
    shown, link = html.escape(emergency["number"]), emergency["link"]
    return text.replace(_EMERGENCY, f'<a href="{html.escape(link)}">{shown}</a>' if link else shown)


@cache
def asset(name: str) -> Asset:
    """A file under /static. Raises KeyError for any other name."""
    file, kind = ASSETS[name]
    content = (WEB / file).read_bytes()
    return Asset(content, gzip.compress(content, mtime=0), kind, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


@cache
def version() -> str:
    """The version of the widget: the beginning of its hash, as the pages name it."""
    return hashlib.sha256(asset(WIDGET).content).hexdigest()[:12]


def asset_response(request: Request, name: str, edge: Edge) -> Response:
    """The answer to a request for a file. Raises KeyError when there is none of that name."""
    if name == "aftercheck-chat.json":
        beside = edge.proxies.public_url(peer_of(request), request.headers, f"/static/{name}")
        return as_response(about_widget(beside), headers={**SHARED, "Cache-Control": ANEW})
    versioned = name == f"aftercheck-chat.{version()}.js"
    found = asset(WIDGET if versioned else name)
    kept = ANEW
    if found.kind.startswith("text/javascript"):
        kept = FOR_EVER if versioned or request.query_params.get("v") == version() else FOR_MINUTES
    headers = {**SHARED, "Cache-Control": kept, "ETag": found.etag, "Vary": "Accept-Encoding"}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.content, headers=headers, media_type=found.kind)
    return Response(found.compressed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.kind)


def about_widget(beside: str) -> dict[str, str | int]:
    """How the widget is loaded from another site; `beside` is the public address of a file in its folder."""
    content, url = asset(WIDGET).content, urljoin(beside, f"aftercheck-chat.{version()}.js")
    integrity = f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"
    tag = f'<script type="module" crossorigin src="{html.escape(url)}" integrity="{integrity}"></script>'
    return {"version": version(), "url": url, "integrity": integrity, "bytes": len(content), "tag": tag}
