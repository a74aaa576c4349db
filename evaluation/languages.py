"""How well other languages are told from English, and how many emergencies are heard in them.

    .venv/bin/python -m evaluation.languages [FILE ...] [--libraries] [--errors] [--markdown]

A file holds a message a line, `{"language", "kind", "text"}`, with the kinds `emergency` and `other`; by default
evaluation/languages.jsonl. `--libraries` compares libraries, those that are installed, each alone and in a process of its
own: how many messages it puts right when its threshold is set so that it takes at most 2 % of the English ones for
another language.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec

from bot.evaluation.sets import FOLDER, load_lines
from bot.evaluation.tables import Table, as_markdown, as_text
from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.triage.assess import assess_message
from bot.understanding.hears import words_of
from bot.understanding.language_data import ENGLISH, LANGUAGES, languages, plainly
from bot.understanding.languages import detect
from bot.understanding.normalise import with_offsets
from bot.understanding.other_languages import OtherLanguages
from bot.understanding.read import read
from bot.understanding.reading import Reading

DEFAULT = FOLDER / "languages.jsonl"
# The share of English messages that a library alone may take for another language.
ENGLISH_ERRORS = 0.02
# Messages of so many words at most; a Chinese word has two letters here.
LENGTHS = (3, 6, 10_000)
ROUNDS = 20
# How likely each language is to a library.
Likely = Callable[[str], dict[str, float]]


class Line(msgspec.Struct, frozen=True):
    """A message, its language, and whether it tells an emergency."""

    language: str
    kind: str
    text: str


def load(files: Iterable[Path]) -> list[Line]:
    """The messages of files. Raises SetError."""
    return [line for file in files for line in load_lines(file, Line, "CRISIS_AND_LANGUAGES.md")]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[DEFAULT])
    parser.add_argument("--libraries", action="store_true")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args(arguments)
    messages = load(options.files)
    tables = [libraries_table(messages)] if options.libraries else [by_length(messages), by_language(messages), cost(messages)]
    print("\n\n".join((as_markdown if options.markdown else as_text)(table) for table in tables))
    if options.errors:
        print("\n".join(errors(messages)))
    return 0


# -- the program -------------------------------------------------------------------------------------------------------


def by_length(messages: list[Line]) -> Table:
    """What messages are taken for, by how long they are: by the detector alone, and with the words that are heard."""
    rows = []
    low = 0
    for high in LENGTHS:
        some = [line for line in messages if low < _length(line.text) <= high]
        other, english = (
            [line for line in some if line.language != ENGLISH],
            [line for line in some if line.language == ENGLISH],
        )
        rows.append(
            (
                f"{low + 1} to {high} words" if high != LENGTHS[-1] else f"more than {low}",
                _share(detect(line.text) == line.language for line in other),
                _share(read(line.text).language == line.language for line in other),
                _share(read(line.text).language not in (None, line.language) for line in other),
                _share(read(line.text).language is not None for line in english),
            )
        )
        low = high
    header = ("length", "right, by detection", "right, with words heard", "another language", "English taken for another")
    return Table(f"Languages: {len(messages)} messages", header, tuple(rows))


def by_language(messages: list[Line]) -> Table:
    """Detection and emergencies, by language."""
    rows = []
    for code in sorted({line.language for line in messages}):
        own = [line for line in messages if line.language == code]
        emergencies = [line for line in own if line.kind == "emergency"]
        others = [line for line in own if line.kind != "emergency"]
        right = _share(_answered_in(line) == code for line in own)
        rows.append((code, right, _share(map(emergency, emergencies)), _share(map(emergency, others))))
    header = ("language", "language right", "emergencies heard", "others heard as emergency")
    return Table("By language", header, tuple(rows))


def cost(messages: list[Line]) -> Table:
    """What all of it costs, in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        times, memory = process.submit(_cost, [line.text for line in messages if line.language == ENGLISH]).result()
    rows = (
        ("ms per English message, p50", f"{times[len(times) // 2]:.3f}"),
        ("ms per English message, p95", f"{times[int(len(times) * 0.95)]:.3f}"),
        ("memory, MB", f"{memory:.0f}"),
    )
    return Table("Cost", ("", ""), rows)


def _cost(texts: list[str]) -> tuple[list[float], float]:
    """The sorted times of English messages, normalised already, and the memory in MB."""
    pack, before = cached_pack(), _memory()
    others = OtherLanguages(pack)
    times = sorted(_time(others, text) for text in texts)
    detect("quisiera zxq saber")
    return times, _memory() - before


def errors(messages: list[Line]) -> Iterator[str]:
    """Every message whose language is wrong or whose emergency is missed or wrongly heard."""
    for line in messages:
        if (answered := _answered_in(line)) != line.language:
            yield f"{line.language} taken for {answered}: {line.text}"
        if emergency(line) != (line.kind == "emergency"):
            yield f"{line.language} {line.kind} answered {'as an' if emergency(line) else 'not as an'} emergency: {line.text}"


def emergency(line: Line) -> bool:
    """Whether the first message is answered with an emergency."""
    return assess_message(read(line.text), cached_pack())[1].level is Level.EMERGENCY


def _answered_in(line: Line) -> str:
    return read(line.text).language or ENGLISH


def _time(others: OtherLanguages, text: str) -> float:
    reading, normalised = Reading(text=text), with_offsets(text)
    start = time.perf_counter()
    for _ in range(ROUNDS):
        others.within(reading, normalised)
    return (time.perf_counter() - start) / ROUNDS * 1000


def _length(text: str) -> int:
    words = words_of(plainly(text))
    return max(1, len(words) // 2) if len(words) > 1 and all(len(word) == 1 for word in words) else len(words)


def _memory() -> float:
    """The memory of this process in MB, as Linux tells it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _share(holds: Iterable[bool]) -> str:
    all_of = list(holds)
    return f"{100 * sum(all_of) / len(all_of):.1f} % of {len(all_of)}" if all_of else "-"


# -- libraries alone ---------------------------------------------------------------------------------------------------


def lingua(low: bool) -> Likely:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*(getattr(IsoCode639_1, code.upper()) for code in languages()))
    detector = (builder.with_low_accuracy_mode() if low else builder).build()
    return lambda text: {
        each.language.iso_code_639_1.name.lower(): each.value for each in detector.compute_language_confidence_values(text)
    }


def py3langid() -> Likely:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(languages()))
    return lambda text: {code: float(value) for code, value in identifier.rank(text)}


def langdetect() -> Likely:
    from langdetect import DetectorFactory, detect_langs
    from langdetect.lang_detect_exception import LangDetectException

    DetectorFactory.seed = 0

    def likely(text: str) -> dict[str, float]:
        try:
            return {str(each.lang).partition("-")[0]: each.prob for each in detect_langs(text)}
        except LangDetectException:
            return {}

    return likely


def pycld2() -> Likely:
    import pycld2

    def likely(text: str) -> dict[str, float]:
        try:
            found = pycld2.detect(text, bestEffort=True)[2]
        except pycld2.error:
            return {}
        return {code[:2]: percent / 100 for _, code, percent, _ in found}

    return likely


LIBRARIES: dict[str, Callable[[], Likely]] = {
    "lingua, small models": lambda: lingua(True),
    "lingua, large models": lambda: lingua(False),
    "py3langid": py3langid,
    "langdetect": langdetect,
    "pycld2": pycld2,
}


def libraries_table(messages: list[Line]) -> Table:
    """The libraries that are installed, each alone."""
    rows = []
    for name in LIBRARIES:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            rows.append((name, *process.submit(alone, name, messages).result()))
    header = ("library alone", "right", "of up to 3 words", "another language", "ms", "MB")
    return Table(f"At most {ENGLISH_ERRORS:.0%} of English messages taken for another language", header, tuple(rows))


def alone(name: str, messages: list[Line]) -> tuple[str, ...]:
    """How well one library does, what a message takes, and its memory."""
    before = _memory()
    try:
        likely = LIBRARIES[name]()
    except ImportError:
        return ("not installed", "", "", "", "")
    judged = [(line, *_best(likely(line.text))) for line in messages]
    memory = _memory() - before
    english = sorted((margin for line, _, margin in judged if line.language == ENGLISH), reverse=True)
    threshold = english[int(len(english) * ENGLISH_ERRORS)]
    taken = [(line, code if margin > threshold else None) for line, code, margin in judged if line.language != ENGLISH]
    start = time.perf_counter()
    for line in messages:
        likely(line.text)
    spent = (time.perf_counter() - start) / len(messages) * 1000
    return (
        _share(code == line.language for line, code in taken),
        _share(code == line.language for line, code in taken if _length(line.text) <= LENGTHS[0]),
        _share(code not in (None, line.language) for line, code in taken),
        f"{spent:.3f}",
        f"{memory:.0f}",
    )


def _best(likely: dict[str, float]) -> tuple[str | None, float]:
    """The likeliest of our languages, and how much likelier than English it is."""
    others = {code: value for code, value in likely.items() if code != ENGLISH and (LANGUAGES / code).is_dir()}
    best = max(others, key=lambda code: others[code], default=None)
    return best, (others[best] if best else 0.0) - likely.get(ENGLISH, 0.0)


if __name__ == "__main__":
    sys.exit(main())
