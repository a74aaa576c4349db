from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.levels import Level
from bot.knowledge.load import DATA, cached_pack
from bot.understanding.compose import REACH, Composer, Composition, load_composition
from bot.understanding.normalise import with_offsets

SENTENCES = DATA / "understanding" / "sentences"
SMALL = """\
ignored: [fully]
forms:
  cant: [cant, wont]
parts:
  lid: [lid]
  lower_lid: [lower lid]
  mouth: [mouth]
findings:
  droops: [droop]
  stuck: ["{cant} open"]
  dry: [dry]
concepts:
  eyelid_ptosis:
    - {part: lid, finding: droops}
    - {part: lid, finding: stuck}
  lower_lid_droop:
    - {part: lower_lid, finding: droops}
  dry_mouth:
    - {part: mouth, finding: dry}
"""


@dataclass
class Measured:
    """Hits on labelled sentences: a hit is right when its concept is labelled, with any status."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)

    def precision(self) -> float:
        return self.right.total() / (self.right.total() + self.wrong.total())

    def recall(self) -> float:
        return self.right.total() / self.labelled.total()

    def table(self) -> str:
        """Precision, recall and number of labels, overall and for each concept that has pairs."""
        rows = [f"{'all':32} {self.precision():.2f} {self.recall():.2f} {self.labelled.total():5}"]
        for concept in sorted(self.right | self.wrong):
            right, hits = self.right[concept], self.right[concept] + self.wrong[concept]
            rows.append(
                f"{concept:32} {right / hits:.2f} {right / max(1, self.labelled[concept]):.2f} {self.labelled[concept]:5}"
            )
        return "\n".join(rows)


def measure(composer: Composer, folder: Path = SENTENCES) -> Measured:
    """How well the pairs do on the training sentences of `folder`."""
    measured = Measured()
    for file in sorted(folder.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            labels, _, message = line.partition("\t")
            concepts = {label.partition(":")[0] for label in labels.split()} - {"-"}
            hits = {hit.id for hit in composer.find(with_offsets(message))}
            measured.right.update(hits & concepts)
            measured.wrong.update(hits - concepts)
            measured.labelled.update(concepts)
    return measured


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer()


@pytest.fixture(scope="module")
def composition() -> Composition:
    return load_composition()


@pytest.fixture
def small(tmp_path: Path) -> Composer:
    file = tmp_path / "composition.yml"
    file.write_text(SMALL)
    return Composer(file)


def concepts(composer: Composer, message: str) -> list[str]:
    return [hit.id for hit in composer.find(with_offsets(message))]


def test_pairs_are_precise_on_the_training_sentences(composer: Composer) -> None:
    measured = measure(composer)
    print(measured.table())
    assert measured.precision() >= 0.9, measured.table()
    assert measured.recall() >= 0.2, measured.table()


@pytest.mark.parametrize(
    ("message", "concept", "span"),
    [
        ("The left one just won't stay open", "eyelid_ptosis", "left one just wont stay open"),
        ("lid at half mast", "eyelid_ptosis", "lid at half mast"),
        ("food takes three goes to go down", "dysphagia", "food takes three goes"),
        ("My words come out mushy.", "dysarthria", "words come out"),
        ("lips like balloons", "angioedema", "lips like balloons"),
        ("went for a jog and my knees just buckled", "generalised_weakness", "knees just buckled"),
        ("cannot get enough air into me", "dyspnoea", "enough air"),
        ("heart going like the clappers, help", "chest_pain_palpitations", "heart going like the clappers"),
        ("every sip of tea makes me splutter", "aspiration", "tea makes me splutter"),
        ("skin near the jab has turned grey and lacy", "injection_skin_ischaemia", "skin near the jab has turned grey"),
    ],
)
def test_a_part_and_a_finding_mean_a_concept(composer: Composer, message: str, concept: str, span: str) -> None:
    text = with_offsets(message)
    spans = {hit.id: text.text[hit.start : hit.end] for hit in composer.find(text)}
    assert spans.get(concept) == span


@pytest.mark.parametrize(
    "message",
    [
        "",
        "how much is a top up",
        "my eye doctor dropped me a line",
        "she closed the door and opened the window",
        "I saw the price and my heart sank",
        "food was lovely, the wine went down a treat",
    ],
)
def test_what_means_nothing_is_not_found(composer: Composer, message: str) -> None:
    assert concepts(composer, message) == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("my lid droops", ["eyelid_ptosis"]),
        ("a drooping lid", ["eyelid_ptosis"]),
        ("the lid won't fully open", ["eyelid_ptosis"]),
        ("my lower lid droops", ["lower_lid_droop"]),
        ("my lid and my mouth are dry", ["dry_mouth"]),
        ("my lid droops and my mouth is dry", ["eyelid_ptosis", "dry_mouth"]),
        ("my mouth and my lid droops", ["eyelid_ptosis"]),
        ("look at the lid and see it droop", ["eyelid_ptosis"]),
        ("dry skin and my mouth is fine", []),
        *(
            (f"the lid is fine{border}shoulders droop", [])
            for border in (". ", "; ", ": ", "! ", "? ", ", ", " (", " - ", " but ")
        ),
        ("lid " + "x " * (REACH - 1) + "droops", ["eyelid_ptosis"]),
        ("lid " + "x " * REACH + "droops", []),
        ("droops " + "x " * (REACH - 1) + "lid", ["eyelid_ptosis"]),
        ("droops " + "x " * REACH + "lid", []),
    ],
)
def test_both_stand_in_one_clause(small: Composer, message: str, expected: list[str]) -> None:
    assert concepts(small, message) == expected


def test_of_several_pairs_the_nearest_is_shown(small: Composer) -> None:
    (hit,) = small.find(with_offsets("lid thing one two droops lid"))
    assert (hit.start, hit.end, hit.words) == (18, 28, 2)


@given(
    st.lists(st.sampled_from([*"lid lower droop dry mouth cant open and but".split(), ".", ",", "—", "é", "👁"]), max_size=40)
)
def test_any_text_gives_spans_inside_it(composer: Composer, words: list[str]) -> None:
    text = with_offsets(" ".join(words))
    for hit in composer.find(text):
        assert 0 <= hit.start < hit.end <= len(text.text)
        assert hit.kind == "composition"
        assert text.text[hit.start : hit.end].strip() == text.text[hit.start : hit.end]


def test_every_name_is_used_and_no_pair_is_given_twice(composition: Composition) -> None:
    pairs = [(concept, pair.part, pair.finding) for concept, entries in composition.concepts.items() for pair in entries]
    assert set(composition.parts) == {part for _, part, _ in pairs} | {"other"}
    assert set(composition.findings) == {finding for _, _, finding in pairs} | {"other"}
    assert [pair for pair, times in Counter(pairs).items() if times > 1] == []


@pytest.mark.parametrize("concept", [c.id for c in cached_pack().concepts.values() if c.level == Level.EMERGENCY])
def test_every_emergency_has_pairs(composition: Composition, concept: str) -> None:
    assert len(composition.concepts[concept]) >= 6


@pytest.mark.parametrize(
    ("right", "wrong", "line", "code", "says"),
    [
        ("{part: mouth, finding: dry}", "{part: moth, finding: dry}", 19, "K010", "moth"),
        ("{part: mouth, finding: dry}", "{part: mouth, finding: dried}", 19, "K010", "dried"),
        ("{part: mouth, finding: dry}", "{part: mouth, finding: dry, side: left}", 19, "K005", "side"),
        ("  dry_mouth:", "  dri_mouth:", 18, "K010", "dri_mouth"),
        ('"{cant} open"', '"{wont} open"', 10, "K010", "wont"),
        ("ignored: [fully]", "ignore: [fully]", 1, "K005", "ignore"),
        ("  dry: [dry]", "  dry: dry", 11, "K006", "array"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_line(
    tmp_path: Path, right: str, wrong: str, line: int, code: str, says: str
) -> None:
    file = tmp_path / "composition.yml"
    assert SMALL.count(right) == 1
    file.write_text(SMALL.replace(right, wrong))
    with pytest.raises(KnowledgeError) as error:
        Composer(file)
    assert str(error.value).startswith(f"{file}:{line}: {code} ")
    assert says in str(error.value)
