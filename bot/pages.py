"""The files of web/ that are served: the chat page at `/`, the embed example, and under /static what they load.

The pages are filled with the clinic's emergency number, so that it can be read without JavaScript. The widget's address in
them carries its version and may be kept for ever; any other address is asked for anew each time, with its hash.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import re
from dataclasses import dataclass
from functools import cache

from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw

from bot.channels.web.channel import greeting
from bot.settings import ROOT

WEB = ROOT / "web"
PAGES = {"": "index.html", "embed": "embed.html"}
ASSETS = {
    "aftercheck-chat.js": ("dist/aftercheck-chat.js", "text/javascript; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "embed.css": ("embed.css", "text/css; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
# Other sites may load these: the widget itself is public, and a script with an integrity hash needs this header.
SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_EVER = "public, max-age=31536000, immutable"
_EMERGENCY = "{{emergency}}"
_VERSIONED = re.compile(r"aftercheck-chat\.js\?v=(\w+)")


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
    """The version of the widget that the pages name."""
    found = _VERSIONED.search(page(""))
    return found[1] if found else ""


def asset_response(request: Request, name: str) -> HTTPResponse:
    """The answer to a request for a file. Raises KeyError when there is none of that name."""
    found = asset(name)
    kept = FOR_EVER if name == "aftercheck-chat.js" and request.args.get("v") == version() else "no-cache"
    headers = {**SHARED, "Cache-Control": kept, "ETag": found.etag, "Vary": "Accept-Encoding"}
    if found.etag in request.headers.get("if-none-match", ""):
        return empty(status=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return raw(found.content, content_type=found.kind, headers=headers)
    return raw(found.compressed, content_type=found.kind, headers={**headers, "Content-Encoding": "gzip"})
