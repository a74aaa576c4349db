"""Tables as text and as Markdown."""

from __future__ import annotations

from bot.evaluation.figures import figures
from bot.evaluation.interviews import Interview
from bot.evaluation.readers import Speed
from bot.evaluation.sets import Expected, Facts, Label, Message, Vignette
from bot.evaluation.tables import Table, as_markdown, as_text, concept_table, manners_table, understanding_table
from bot.knowledge.levels import Level

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


def test_manners_stand_side_by_side_with_their_intervals() -> None:
    patient = Vignette("v", "...", Facts(), Expected("emergency"))
    right, late, nowhere = (Interview(patient, level, 3, ()) for level in (Level.EMERGENCY, Level.ROUTINE, None))
    table = manners_table({"buttons": [right] * 4, "typing": [right, right, late, nowhere]}, "Patients")
    rows = {name: cells for name, *cells in table.rows}
    assert table.header == ("", "buttons", "typing")
    assert rows["exact level"] == ["4/4 = 100.0 % (51.0 to 100.0)", "2/4 = 50.0 % (15.0 to 85.0)"]
    assert rows["emergency sensitivity"] == rows["exact level"] == rows["safe (at or above the expected level)"]
    assert [rows[name][1][:3] for name in ("below the expected level", "no assessment", "above the expected level")] == [
        *("1/4", "1/4", "0/4"),
    ]
    assert rows["questions, median"] == ["3", "3"]
