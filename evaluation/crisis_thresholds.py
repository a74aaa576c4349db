"""How sure the head for cries for help must be: chosen on our own sentences.

    .venv/bin/python -m evaluation.crisis_thresholds

For each kind, where a phrase of the pack is in the text, it allows a few of the ordinary sentences to be taken for a cry, and
none where there is no phrase; it writes both logits to data/understanding/model/crisis.json and prints what they do. To be run
after training/crisis.py, and after a change of the phrases. No labeled set of evaluation/ is touched.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.evaluation.progress import shown
from bot.settings import ROOT
from bot.understanding.crisis import ABOUT, FOLDER
from bot.understanding.normalise import with_offsets
from bot.understanding.read import pieces, reader

# Of all ordinary sentences (32,000), this many of each kind may be taken for a cry: without a phrase, and with one. About a
# quarter of those that fire do tell of one. Who is told of a crisis line without need loses a minute; there it may be more.
ALLOWED = (10, 20)
ALLOWED_FOR = {"self_harm": (32, 48), "unconscious": (24, 32), "too_much_medicine": (16, 24)}
# With a phrase no less than this, however few fire: it is the training's own idea of "hardly".
LEAST = -3.0
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """A sentence: its kinds (none for an ordinary one or a near miss), the logits, and of which kinds it holds a phrase."""

    text: str
    kinds: frozenset[str]
    ordinary: bool
    scores: Floats
    phrases: tuple[bool, ...]


def see(text: str, kinds: frozenset[str], *, ordinary: bool) -> Seen:
    """What the program makes of a sentence."""
    reads = reader()
    said = {hit.kind for hit in reads.lexicon.find(with_offsets(text))}
    read = [(with_offsets(piece).text, reads.trained.read(with_offsets(piece).text)) for _, piece in pieces(text)]
    scores = np.max([reads.crisis.scores(piece, made.hidden, made.offsets) for piece, made in read], axis=0)
    return Seen(text, kinds, ordinary, scores, tuple(kind.name in said for kind in reads.crisis.kinds))


def threshold(scores: Sequence[float], allowed: int) -> float:
    """The lowest logit at which at most `allowed` of these scores fire."""
    ranked = sorted(scores, reverse=True)
    return round(ranked[allowed] + 0.01, 2) if len(ranked) > allowed else LEAST


def chosen(seen: Sequence[Seen], place: int, allowed: tuple[int, int]) -> tuple[float, float]:
    """The logits of one kind: alone, and with a phrase."""
    ordinary = [each for each in seen if each.ordinary]
    alone = threshold([float(each.scores[place]) for each in ordinary if not each.phrases[place]], allowed[0])
    phrased = threshold([float(each.scores[place]) for each in ordinary if each.phrases[place]], allowed[1])
    phrased = max(phrased, LEAST)
    return max(alone, phrased), phrased


def main() -> None:
    """Choose, write and print."""
    sys.path.insert(0, str(ROOT))
    from training.sentences import read_crises, read_sentences, set_aside

    crises = [(text, kinds) for kinds, text in read_crises(ROOT / "data/understanding/crisis")]
    known = {text for text, _ in crises}
    texts = [s.text for s in read_sentences(ROOT / "data/understanding/sentences") if s.text not in known]
    wanted = [*((t, k, False) for t, k in crises), *((t, frozenset[str](), True) for t in texts)]
    aside = [each for each in wanted if each[2] or set_aside(each[0])]
    seen = [see(text, kinds, ordinary=ordinary) for text, kinds, ordinary in shown(aside, "Reading")]
    about = json.loads((FOLDER / ABOUT).read_text(encoding="utf-8"))
    for place, kind in enumerate(about["kinds"]):
        kind["alone"], kind["with_phrase"] = chosen(seen, place, ALLOWED_FOR.get(kind["name"], ALLOWED))
    (FOLDER / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    _report(seen, about["kinds"])


def _report(seen: Sequence[Seen], kinds: Sequence[dict[str, float]]) -> None:
    fired = [
        [kind["with_phrase" if each.phrases[i] else "alone"] <= each.scores[i] for i, kind in enumerate(kinds)] for each in seen
    ]
    for i, kind in enumerate(kinds):
        own = [(each, row) for each, row in zip(seen, fired, strict=True) if kind["name"] in each.kinds]
        as_cry, right = sum(any(row) for _, row in own), sum(row[i] for _, row in own)
        print(f"{kind['name']:20} {kind['alone']:6.2f} {kind['with_phrase']:6.2f}  heard {as_cry}/{len(own)}, as this {right}")
    for name, wanted in (("ordinary", True), ("near misses", False)):
        rows = [(s, row) for s, row in zip(seen, fired, strict=True) if not s.kinds and s.ordinary is wanted]
        print(f"{name}: {sum(any(row) for _, row in rows)}/{len(rows)} fire")
        for each, row in rows:
            if any(row):
                print(f"  {[k['name'] for k, f in zip(kinds, row, strict=True) if f]} {each.text[:140]}")


if __name__ == "__main__":
    main()
