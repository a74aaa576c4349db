"""A platform's request as typed data. One odd message or field of it costs that alone, never the words beside it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from contextlib import suppress
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec

from bot.channels.converse import well_formed
from bot.channels.messaging.platform import Malformed, Request

logger = logging.getLogger(__name__)

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
# What may be told of a message that cannot be read: the platform's word for its kind.
_KIND = re.compile(r"[a-z_.]{1,40}")


def json_of(body: bytes, kind: type[T]) -> T:
    """JSON as a `kind`. Raises Malformed. Half an emoji, which msgspec refuses like 1e400, becomes a sign of its own."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        whole = well_formed(json.dumps(json.loads(body, strict=False), ensure_ascii=False))
        return msgspec.convert(json.loads(whole), kind)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise Malformed from None


def loosely(value: object, kind: type[S]) -> S | None:
    """A value of JSON as a struct; a field that makes no sense is as if it was missing, so that an odd one costs no words.

    None when it is no object, or a field without a default is missing.
    """
    if not isinstance(value, dict):
        return None
    known = {}
    for field in msgspec.structs.fields(kind):
        for each in _kinds(field.type) if field.encode_name in value else ():
            with suppress(msgspec.ValidationError):
                known[field.name] = _as(value[field.encode_name], each)
                break
    try:
        return kind(**known)
    except TypeError:
        return None


def _kinds(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _as(value: object, kind: Any) -> object:
    """A value as one kind. Raises ValidationError. Numbers may stand for texts, and texts for numbers."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        found = loosely(value, kind)
        if found is None:
            raise msgspec.ValidationError
        return found
    if kind is str and words(value):
        return words(value)
    return msgspec.convert(value, kind, strict=False)


def words(value: object) -> str:
    """The text that a value is; empty where it is none."""
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def name_of(item: object) -> str:
    """A name for a message that has none: the same for the same message."""
    return "unnamed:" + hashlib.sha256(msgspec.json.encode(item)).hexdigest()


def passed_over(channel: str, kind: object) -> None:
    """Log that a message of a genuine request could not be read and could not be answered: its kind, and nothing of it."""
    word = kind if isinstance(kind, str) and _KIND.fullmatch(kind) else "of an unknown kind"
    logger.error("%s: a message could not be read: %s", channel, word)


def form_of(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Malformed."""
    try:
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise Malformed from None
