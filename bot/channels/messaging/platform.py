"""What a messaging platform is to us: how its requests are checked and read, and how a message is sent on it.

An adapter (bot/channels/telegram.py and its neighbours) implements `Platform` and nothing else. Everything else is the
same for all of them and stands in this folder: acknowledging, each message exactly once, order, rate limits, the frame,
splitting, numbered choices, retries, dead letters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

import httpx
import msgspec

# What a patient is taken to say who presses the platform's own button to begin.
HELLO = "hello"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request as it came, before anything is believed. `headers` has lower-case names; `url` is the public one."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform's request is answered at once."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


class Kind(Enum):
    """What a patient sent."""

    TEXT = "text"  # words, or a button pressed (its payload)
    EMPTY = "empty"  # a text without a character
    MEDIA = "media"  # photo, voice, video, sticker, location, contact, file; `text` holds the caption, if it has one
    EDITED = "edited"  # `text` is the new text
    DELETED = "deleted"
    GROUP = "group"  # a message in a group chat or a channel; what it says is not even read


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a patient.

    id       unique on this platform and the same on every retry; an edit has an id of its own
    sender   the platform's id of the patient, or of the group; only its keyed hash is kept
    address  what `send` needs to answer; kept sealed, and only until the conversation is forgotten
    addressed  in a group: whether the bot is spoken to. Who is not speaking to it is told once where to go, and no more
    """

    id: str
    sender: str
    kind: Kind
    text: str = ""
    address: dict[str, str] = {}
    addressed: bool = True


class Choice(msgspec.Struct, frozen=True):
    """A button: `payload` comes back as if the patient had written it."""

    title: str
    payload: str


class Part(msgspec.Struct, frozen=True):
    """One message to send, already within the platform's limits. `choices` only where the platform shows buttons.

    `human` asks the platform to hand the conversation to a person's inbox after this part, where it knows such a thing.
    `name` is the same on every attempt to send this part, for platforms that take no message twice.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    human: bool = False
    name: str = ""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one message on the platform may hold. Texts and titles are counted in `units`, payloads in bytes."""

    text: int
    choices: int = 0
    choice_title: int = 20
    choice_payload: int = 64
    # With choices, a text may have to be shorter.
    text_with_choices: int | None = None
    units: str = "characters"  # or "utf16", or "escaped": `&`, `<` and `>` as in HTML


class Refused(Exception):
    """The platform will never take this message; the text says why (a code of the platform) and nothing of the patient."""


class WindowClosed(Refused):
    """The patient has not written for so long that the platform takes no free text any more."""


class Unavailable(Exception):
    """The platform cannot take it now. `after` is how many seconds it asks to wait, where it does."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Malformed(Exception):
    """A verified request that is not what the platform's documentation says. It is answered 400."""


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What `aftercheck channels check` tells: whether the platform answers, and whether it calls our webhook."""

    reachable: bool
    registered: bool | None  # None: the platform does not tell
    detail: str


class Platform(ABC):
    """One platform with the clinic's credentials. `options` (of credentials.yml) is converted to the class's `Options`."""

    name: ClassVar[str]  # in the URL: /webhooks/<name>/webhook
    limits: ClassVar[Limits]
    # Seconds without a message of the patient after which the platform takes no free text any more.
    window_seconds: ClassVar[float | None] = None
    # Bytes of the largest request that the platform sends, and the header without which none of them with a body comes.
    largest_request: ClassVar[int] = 300_000
    proof: ClassVar[str]
    # Whether STOP and its kin must be honoured (text messages on phones).
    opt_out: ClassVar[bool] = False

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """The keys of the channel's entry in credentials.yml. Every secret is required: without it the start is refused."""

    def __init__(self, options: Any, http: httpx.AsyncClient) -> None:
        self.options = options
        self.http = http

    @abstractmethod
    def genuine(self, request: Request, now: float) -> bool:
        """Whether the request comes from the platform: its secret or signature over the raw bytes, in constant time."""

    def may_be_genuine(self, method: str, headers: Mapping[str, str]) -> bool:
        """What can be told before a body is received."""
        return method == "GET" or self.proof in headers

    @abstractmethod
    def read(self, request: Request) -> list[Incoming]:
        """The patients' messages in a genuine request; none in one that is about something else. Raises Malformed."""

    def handshake(self, request: Request, now: float) -> Response | None:
        """The answer to a request by which the platform tests the webhook; None when it is no such request.

        It is asked before `genuine` and must do its own check.
        """
        return None

    def acknowledgement(self, request: Request) -> Response:
        """What a genuine request is answered at once."""
        return Response()

    @abstractmethod
    async def send(self, address: Mapping[str, str], part: Part) -> None:
        """Send one message. Raises Unavailable or Refused."""

    async def received(self, incoming: Incoming) -> None:  # noqa: B027  # most platforms need no such thing
        """Tell the platform that the message arrived (typing, read, the answer to a pressed button). Best effort."""

    async def window_closed(self, address: Mapping[str, str]) -> None:  # noqa: B027  # most platforms know no such thing
        """Ask the patient to write again, in the way that the platform allows. Raises Unavailable or Refused."""

    @abstractmethod
    async def registration(self, webhook: str | None) -> Registration:
        """Ask the platform. `webhook` is the public address that should be registered, where it is known."""
