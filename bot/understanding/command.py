"""`aftercheck understand`: a message a line in, one JSON object a line out, as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from bot.understanding.read import reader
from bot.understanding.reading import Reading


class _Line(msgspec.Struct):
    text: str


def understand(lines: BinaryIO, out: BinaryIO, *, jsonl: bool, explain: bool) -> int:
    """Read every line. Returns 2 when a line was no object with `text`; such a line gets `{"error"}` in its place."""
    read, code = reader().read, 0
    for text in _texts(lines, jsonl):
        if text is None:
            code = 2
            out.write(msgspec.json.encode({"error": 'expected {"text": "..."}'}) + b"\n")
        else:
            out.write(msgspec.json.encode(as_object(read(text), explain)) + b"\n")
        out.flush()
    return code


def _texts(lines: BinaryIO, jsonl: bool) -> Iterator[str | None]:
    for line in lines:
        line = line.rstrip(b"\r\n")
        if not jsonl:
            yield line.decode("utf-8", errors="replace")
        elif line.strip():
            try:
                # The JSON of the standard library takes half an emoji, which a program that cuts texts writes.
                text = msgspec.convert(json.loads(line), _Line).text
            except (ValueError, RecursionError, msgspec.ValidationError):
                yield None
            else:
                yield text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_object(reading: Reading, explain: bool) -> dict[str, Any]:
    """A Reading as plain data; without `explain`, the evidence is left out."""
    shape: dict[str, Any] = msgspec.to_builtins(reading)
    if not explain:
        for mention in shape["mentions"]:
            del mention["evidence"]
    return shape
