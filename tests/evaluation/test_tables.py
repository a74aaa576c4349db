"""Tables as text and as Markdown."""

from __future__ import annotations

from bot.evaluation.figures import figures
from bot.evaluation.readers import Speed
from bot.evaluation.sets import Label, Message
from bot.evaluation.tables import Table, as_markdown, as_text, concept_table, understanding_table

TABLE = Table("Fruit", ("kind", "n"), (("apple", "12"), ("fig", "3")))


def test_as_text() -> None:
    assert as_text(TABLE).splitlines() == ["Fruit", "  kind    n", "  apple  12", "  fig     3"]


def test_as_markdown() -> None:
    assert as_markdown(TABLE).splitlines() == [
        "**Fruit**",
        "",
        "| kind | n |",
        "| --- | ---: |",
        "| apple | 12 |",
        "| fig | 3 |",
    ]


def test_readers_stand_side_by_side() -> None:
    gold = [Message("m", "my head hurts", (Label("headache", "present"),))]
    good = figures(gold, [frozenset({("headache", "present")})], {"headache": "routine"})
    bad = figures(gold, [frozenset()], {"headache": "routine"})
    table = understanding_table({"ours": (good, Speed(100, 5, 9)), "theirs": (bad, Speed(10, 50, 90))})
    rows = {name: cells for name, *cells in table.rows}
    assert table.header == ("", "ours", "theirs")
    assert rows["present: F1"] == ["100.0 %", "0.0 %"]


def test_the_worst_concept_stands_first() -> None:
    gold = [Message(str(n), "...", (Label("headache", "present"), Label("nausea", "present"))) for n in range(2)]
    read = [frozenset({("nausea", "present")}), frozenset({("fatigue", "present")})]
    table = concept_table(figures(gold, read, {}))
    assert [row[0] for row in table.rows] == ["headache", "fatigue", "nausea"]
    assert len(concept_table(figures(gold, read, {}), most=1).rows) == 1
