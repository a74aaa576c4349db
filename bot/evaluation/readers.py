"""What is measured: our own reader in this process, and the baselines in an environment of their own. One answer a message."""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bot.evaluation.figures import Read
from bot.evaluation.progress import shown
from bot.evaluation.sets import Label, Message
from bot.settings import ROOT
from bot.understanding.read import reader
from bot.understanding.reading import Reading

PYTHON = ROOT / ".venv-baselines" / "bin" / "python"
SCRIPT = ROOT / "evaluation" / "baselines" / "run.py"
# Names of the baselines as run.py knows them, and as tables show them.
BASELINES = {
    "lexical": "lay phrases as text",
    "neighbour": "MiniLM, nearest phrase",
    "negspacy": "phrases + negspaCy",
}


class BaselineError(Exception):
    """The baselines cannot be run; the message says what to do."""


class Speed(msgspec.Struct, frozen=True):
    """Messages per second and milliseconds per message, one message at a time, as `aftercheck understand` reads."""

    per_second: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Answers:
    """What a reader made of each message of a set, and how fast."""

    read: list[Read]
    speed: Speed


class _Line(msgspec.Struct, frozen=True):
    mentions: tuple[Label, ...]


def read_ours(messages: Sequence[Message]) -> Answers:
    """Our reader, message by message as `aftercheck understand` reads. Raises ModelError."""
    ours = reader()
    ours.read("hello")
    read, times = _timed(lambda text: pairs(ours.read(text)), [message.text for message in messages], "Aftercheck")
    return Answers(read, _speed(times))


def pairs(reading: Reading) -> Read:
    """The mentions of a reading as pairs of concept and status."""
    return frozenset((mention.concept, mention.status) for mention in reading.mentions)


def read_baseline(name: str, messages: Sequence[Message], python: Path = PYTHON) -> Answers:
    """A baseline of evaluation/baselines/run.py. Raises BaselineError."""
    if not python.is_file():
        raise BaselineError("the baselines have no environment yet: `make baselines` makes it and runs them")
    command = [str(python), str(SCRIPT), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own script
        ask, tell = process.stdin, process.stdout
        if ask is None or tell is None:
            raise BaselineError(f"baseline `{name}` could not be started")

        def read(text: str) -> Read:
            try:
                ask.write(msgspec.json.encode({"text": text}) + b"\n")
                ask.flush()
                line = msgspec.json.decode(tell.readline(), type=_Line)
            except (BrokenPipeError, msgspec.DecodeError):
                raise BaselineError(f"baseline `{name}` ended early; its own message is above") from None
            return frozenset((found.concept, found.status) for found in line.mentions)

        read("hello")
        answers, times = _timed(read, [message.text for message in messages], BASELINES[name])
        ask.close()
    return Answers(answers, _speed(times))


def _timed(read: Callable[[str], Read], texts: list[str], doing: str) -> tuple[list[Read], list[float]]:
    """Each text read by itself, and the seconds that each took."""
    answers, times = [], []
    for text in shown(texts, doing):
        started = time.perf_counter()
        answers.append(read(text))
        times.append(time.perf_counter() - started)
    return answers, times


def _speed(times: list[float]) -> Speed:
    return Speed(len(times) / sum(times), percentile(times, 50) * 1000, percentile(times, 95) * 1000)


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
