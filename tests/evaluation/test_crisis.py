"""The figures of cries for help, on made-up hearing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.evaluation.figures import wilson
from bot.evaluation.sets import SetError, load_lines
from evaluation import crisis
from evaluation.crisis import Heard, Said, table

NOTHING = Heard(frozenset(), False)
HARM = Heard(frozenset({"self_harm"}), True)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (90, 100, 0.8256, 0.9448)],
)
def test_the_wilson_interval(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_a_cry_may_be_heard_as_another_kind_and_an_idiom_not_at_all() -> None:
    said = [Said("1", "self_harm", "a"), Said("2", "self_harm", "b"), Said("3", "bleeding", "c"), Said("4", "none", "d")]
    made = table("t", said, [HARM, NOTHING, HARM, HARM])
    rows = {row[0]: row[1:] for row in made.rows}
    assert rows["self_harm"][0] == "2"
    assert [cell.split(" ")[0] for cell in rows["self_harm"][1:]] == ["50.0%", "50.0%", "50.0%"]
    assert [cell.split(" ")[0] for cell in rows["bleeding"][1:]] == ["100.0%", "0.0%", "100.0%"]
    assert rows["all cries"][0] == "3"
    assert rows["false alarms"][:2] == ("1", "100.0% (20.7% to 100.0%)")
    assert rows["pregnancy"][1:] == ("-", "-", "-")


@pytest.mark.parametrize("line", ["{", '{"id": "1", "kind": "gloom", "text": "a"}', '{"id": "1", "text": "a"}'])
def test_a_set_that_cannot_be_used_says_where(tmp_path: Path, line: str) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps({"id": "0", "kind": "none", "text": "a"}) + f"\n\n{line}\n")
    with pytest.raises(SetError, match=r"set\.jsonl:3"):
        load_lines(file, Said)


def test_the_command_prints_each_file_and_what_went_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(
        "".join(json.dumps({"id": str(n), "kind": k, "text": k}) + "\n" for n, k in enumerate(["self_harm", "none"]))
    )
    assert crisis.main([str(file), "--errors"], hearing=lambda text: HARM) == 0
    out = capsys.readouterr().out
    assert "set.jsonl: 2 messages" in out
    assert out.count("heard ['self_harm']") == 1
    assert crisis.main([str(tmp_path / "none.jsonl")]) == 1
