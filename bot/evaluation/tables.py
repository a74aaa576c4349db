"""The figures as tables, and tables as plain text or Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluation.figures import ConceptScore, Figures, Score, wilson
from bot.evaluation.interviews import Interview, VignetteFigures, vignette_figures
from bot.evaluation.readers import Speed
from bot.knowledge.levels import Level

WORST_CONCEPTS = 15
MOST_CONFUSED = 3


@dataclass(frozen=True)
class Table:
    """A table with a title. The first column is text, the others are figures."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def as_text(table: Table) -> str:
    """The table in columns of equal width."""
    widths = [max(len(row[column]) for row in (table.header, *table.rows)) for column in range(len(table.header))]
    lines = [table.title]
    for row in (table.header, *table.rows):
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(("  " + first, *others)).rstrip())
    return "\n".join(lines)


def as_markdown(table: Table) -> str:
    """The table in GitHub's Markdown."""
    rule = ("---", *("---:" for _ in table.header[1:]))
    lines = ["| " + " | ".join(row) + " |" for row in (table.header, rule, *table.rows)]
    return "\n".join([f"**{table.title}**", "", *lines])


def understanding_table(readers: Mapping[str, tuple[Figures, Speed]]) -> Table:
    """The main figures, one column a reader."""
    rows = {
        "present: precision": [_percent(f.precision) for f, _ in readers.values()],
        "present: recall": [_percent(f.recall) for f, _ in readers.values()],
        "present: F1": [_percent(f.f1) for f, _ in readers.values()],
        "all statuses: F1": [_percent(f.f1_all_statuses) for f, _ in readers.values()],
        "emergency recall": [_percent(f.emergency_recall) for f, _ in readers.values()],
        "not present, read as present": [_percent(f.not_present_read_as_present) for f, _ in readers.values()],
        "false alarms on messages with none": [_percent(f.false_alarm_rate_on_none) for f, _ in readers.values()],
        "messages read exactly": [_percent(f.exact_texts) for f, _ in readers.values()],
        "messages/s, one by one": [f"{s.per_second:.0f}" for _, s in readers.values()],
        "ms per message, p50": [f"{s.p50_ms:.1f}" for _, s in readers.values()],
        "ms per message, p95": [f"{s.p95_ms:.1f}" for _, s in readers.values()],
    }
    f = next(iter(readers.values()))[0]
    title = (
        f"Understanding: {f.texts} messages, of which {f.none_texts} with none; {f.emergency_mentions} emergency mentions, "
        f"{f.not_present_mentions} not present"
    )
    return Table(title, ("", *readers), tuple((name, *cells) for name, cells in rows.items()))


def tag_table(figures: Figures) -> Table:
    """Present symptoms by tag of the message."""
    return Table("By tag", ("tag", *_SCORE_HEADER), tuple((tag, *_score(score)) for tag, score in figures.by_tag.items()))


def status_table(figures: Figures) -> Table:
    """Mentions by status, and what mentions of that status were read as."""
    rows = tuple((status, *_score(s.score), _counts(s.read_as)) for status, s in figures.by_status.items())
    return Table("By status", ("status", *_SCORE_HEADER, "read as"), rows)


def concept_table(figures: Figures, most: int = WORST_CONCEPTS) -> Table:
    """The concepts with most errors when present, with what stood in their place (`:status` is the concept itself)."""
    wrong = [(concept, s) for concept, s in figures.by_concept.items() if s.score.missed or s.score.extra]
    wrong.sort(key=lambda item: (-(item[1].score.missed + item[1].score.extra), item[1].score.f1, item[0]))
    rows = tuple((concept, *_score(s.score), *_confused(s)) for concept, s in wrong[:most])
    header = ("concept", *_SCORE_HEADER, "missed, read instead", "extra, in truth")
    return Table(f"Concepts with most errors ({len(wrong)} of {len(figures.by_concept)} have any)", header, rows)


def vignette_table(figures: VignetteFigures) -> Table:
    """Where the simulated patients were sent."""
    rows = (
        ("exact level", _percent(figures.exact)),
        ("safe (at or above the expected level)", _percent(figures.safe)),
        ("below the expected level", str(figures.under_triaged)),
        ("above the expected level", _percent(figures.over_triaged)),
        ("no assessment", str(figures.unanswered)),
        ("emergency sensitivity", _percent(figures.emergency_sensitivity)),
        ("questions, median", _number(figures.questions_median)),
        ("questions, most", _number(figures.questions_max)),
    )
    return Table(f"Interviews: {figures.vignettes} simulated patients", ("", "Aftercheck"), rows)


def manners_table(held: Mapping[str, Sequence[Interview]], title: str) -> Table:
    """Where the patients were sent, one column a manner of answering, with 95 % intervals."""
    figures = {manner: vignette_figures(interviews) for manner, interviews in held.items()}
    red = {manner: [i for i in interviews if i.expected is Level.EMERGENCY] for manner, interviews in held.items()}
    counted: dict[str, Callable[[Interview], bool]] = {
        "exact level": lambda i: i.level is i.expected,
        "safe (at or above the expected level)": lambda i: not i.under,
        "below the expected level": lambda i: i.level is not None and i.under,
        "above the expected level": lambda i: i.level is not None and i.level > i.expected,
        "no assessment": lambda i: i.level is None,
    }
    rows = [(name, *(_of(interviews, holds) for interviews in held.values())) for name, holds in counted.items()]
    rows += [
        ("emergency sensitivity", *(_of(interviews, lambda i: i.level is Level.EMERGENCY) for interviews in red.values())),
        ("questions, median", *(_number(f.questions_median) for f in figures.values())),
        ("questions, most", *(_number(f.questions_max) for f in figures.values())),
    ]
    return Table(title, ("", *held), tuple(rows))


def wrong_levels_table(interviews: Sequence[Interview]) -> Table:
    """The simulated patients who were sent elsewhere than expected, those below the expected level first."""
    wrong = sorted((i for i in interviews if i.level is not i.expected), key=lambda i: (not i.under, i.vignette.id))
    rows = tuple(
        (i.vignette.id, i.expected.value, i.level.value if i.level else "none", "below" if i.under else "above", i.ended_with)
        for i in wrong
    )
    header = ("vignette", "expected", "reached", "which is", "ended with")
    return Table("Interviews that ended at another level", header, rows)


_SCORE_HEADER = ("n", "P", "R", "F1")


def _score(score: Score) -> tuple[str, ...]:
    return str(score.right + score.missed), _percent(score.precision), _percent(score.recall), _percent(score.f1)


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _of(interviews: Sequence[Interview], holds: Callable[[Interview], bool]) -> str:
    """How many interviews of how many, as a share with its interval."""
    hits, of = sum(map(holds, interviews)), len(interviews)
    low, high = wilson(hits, of)
    return f"{hits}/{of} = {_percent(hits / max(1, of))} ({low * 100:.1f} to {high * 100:.1f})"


def _number(figure: float | None) -> str:
    return "" if figure is None else f"{figure:g}"


def _counts(counts: Mapping[str, int], most: int | None = None) -> str:
    return ", ".join(f"{name} {count}" for name, count in list(counts.items())[:most])


def _confused(score: ConceptScore) -> tuple[str, str]:
    return _counts(score.missed_for, MOST_CONFUSED), _counts(score.taken_from, MOST_CONFUSED)
