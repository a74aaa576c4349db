"""What people type to a list, and what they say has changed: is a yes heard, a no taken, a change not read as a denial?

    .venv/bin/python -m evaluation.answers [--set evaluation/unseen_answers.jsonl] [--errors]

The sets are described in ANSWERS.md. A reply to a list goes through the reader and the interview's own `with_answer`, as a
second message after a harmless sign; everything else through the reader alone. Shares with 95 % Wilson intervals.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import msgspec

from bot.evaluation.figures import wilson
from bot.evaluation.progress import shown
from bot.evaluation.sets import FOLDER, load_lines
from bot.evaluation.tables import Table, as_text
from bot.knowledge.load import cached_pack
from bot.triage.answers import with_answer
from bot.triage.interview import Ask, Option
from bot.triage.report import Finding, SymptomReport
from bot.understanding.read import read

SETS = (FOLDER / "dev_answers.jsonl", FOLDER / "unseen_answers.jsonl")
# What was told before a list is answered.
BEFORE = SymptomReport(findings={"injection_site_bruising": Finding(status="present")})


class Expected(msgspec.Struct, frozen=True):
    """The concepts that must be read with each status; `none`: the reply denies the whole list."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    none: bool = False


class Line(msgspec.Struct, frozen=True):
    """A message, as a reply to the list `question`, or by itself."""

    id: str
    kind: str
    text: str
    expect: Expected
    question: str | None = None


def listed(kind: str) -> Ask:
    """The list of a kind as a patient without any sign of it gets it."""
    pack = cached_pack()
    question = next(question for question in pack.questions if question.kind == kind)
    options = tuple(Option(title=pack.concepts[concept].option, concept=concept) for concept in question.concepts)
    return Ask(id=question.id, kind=question.kind, answers=question.answers, text="", why="", options=options)


def verdicts(line: Line) -> list[str]:
    """What went wrong with a line; empty when nothing did."""
    if line.kind in ("yes", "no") and line.question is not None:
        return _reply(line, listed(line.question))
    present = {mention.concept for mention in read(line.text).having("present")}
    missed = set(line.expect.present) - present
    wrong = {*line.expect.absent, *line.expect.past} & present
    return [*(["missed"] if missed else []), *(["read as present"] if wrong else [])]


def _reply(line: Line, ask: Ask) -> list[str]:
    before = msgspec.structs.replace(BEFORE, asked=(ask.id,))
    report = with_answer(before, ask, read(line.text), cached_pack()).report
    counted = {concept for concept in ask.concepts if concept in report.counted}
    denied = {concept for concept in ask.concepts if concept in report.findings} - counted
    if line.kind == "yes":
        missed = not counted.intersection(line.expect.present)
        return [*(["missed"] if missed else []), *(["denied"] if missed and denied.intersection(line.expect.present) else [])]
    again = line.expect.none and not counted and len(denied) < len(ask.concepts)
    return [*(["taken for a yes"] if counted else []), *(["asked again"] if again else [])]


def main() -> None:
    """Print a table a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, action="append", metavar="FILE", help="default: both sets of evaluation/")
    parser.add_argument("--errors", action="store_true", help="print every line that went wrong")
    options = parser.parse_args()
    for file in options.set or SETS:
        lines = load_lines(file, Line, "ANSWERS.md")
        number, wrong = Counter(line.kind for line in lines), Counter[tuple[str, str]]()
        for line in shown(lines, file.name):
            for verdict in verdicts(line):
                wrong[line.kind, verdict] += 1
                if options.errors:
                    print(f"{line.id}: {verdict}: {line.text}")
        rows = tuple(
            (
                kind,
                verdict,
                f"{count} of {number[kind]}",
                "{:.1f} to {:.1f} %".format(*(100 * p for p in wilson(count, number[kind]))),
            )
            for (kind, verdict), count in sorted(wrong.items())
        )
        print(
            as_text(Table(f"{file.name}: what went wrong, of {len(lines)}", ("kind", "what", "how many", "95 %"), rows)), "\n"
        )


if __name__ == "__main__":
    main()
