"""Other ways to read a message, trained on the same sentences and measured on the same ones: prints a table.

    .venv-training/bin/python training/compare.py [heads bow cnn ours ...]

heads  the plain all-MiniLM-L6-v2 encoder, its mean vector, one logistic head a concept
bow    spaCy's textcat_multilabel, bag of words (n-grams up to 3)
cnn    spaCy's textcat_multilabel, convolutions over hashed word forms (20 epochs)
ours   the trained reader of this project alone: no lay phrases, no composition, no thresholds by danger

Each says which concepts are present. One threshold a method is chosen on one half of the sentences that training keeps
out; the figures are those of the other half, and of the sets in evaluation/. It takes about
half an hour on two cores.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import numpy as np
from sentences import Sentence, held_out, read_sentences

from bot.evaluation.sets import load_messages
from bot.understanding.normalise import normalise

ROOT = Path(__file__).resolve().parents[1]
LEVELS: dict[str, str] = json.loads((ROOT / "training/concepts.json").read_text(encoding="utf-8"))
CONCEPTS = list(LEVELS)
GRID = np.arange(0.05, 0.96, 0.05)
# Scores of each concept being present in each text (texts, concepts), from 0 to 1.
Scores = np.ndarray
Method = Callable[[list[Sentence], list[str]], Scores]


def targets(sentences: list[Sentence]) -> np.ndarray:
    """Which concepts are present (sentences, concepts)."""
    return np.array([[(concept, "present") in s.labels for concept in CONCEPTS] for s in sentences])


def heads(train: list[Sentence], texts: list[str]) -> Scores:
    """Frozen encoder, logistic heads."""
    import torch
    from network import Reader, load_encoder
    from safetensors.torch import load_file
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from tokenizers import Tokenizer
    from train import encode, encoder_folder

    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(160)
    tokenizer.enable_padding()
    encoder = Reader(len(CONCEPTS), 5)
    load_encoder(encoder, load_file(str(encoder_folder() / "model.safetensors")))
    encoder.eval()

    def vectors(messages: list[str]) -> np.ndarray:
        made = []
        with torch.no_grad():
            for start in range(0, len(messages), 64):
                ids, mask = encode(tokenizer, messages[start : start + 64])
                x = encoder.norm(encoder.words(ids) + encoder.places(torch.arange(ids.shape[1])) + encoder.segment)
                bias = (1.0 - mask.to(x.dtype))[:, None, None, :] * -1e4
                for layer in encoder.layers:
                    x = layer(x, bias)
                weights = mask.to(x.dtype)[:, :, None]
                made.append(torch.nn.functional.normalize((x * weights).sum(1) / weights.sum(1)).numpy())
        return np.concatenate(made)

    model = OneVsRestClassifier(LogisticRegression(C=10.0, max_iter=300))
    model.fit(vectors([s.text for s in train]), targets(train).astype(int))
    return np.asarray(model.predict_proba(vectors(texts)))


def textcat(architecture: dict[str, object], epochs: int) -> Method:
    """spaCy's classifier for several labels, with one of its architectures."""

    def method(train: list[Sentence], texts: list[str]) -> Scores:
        import random

        import spacy
        from spacy.training import Example

        nlp = spacy.blank("en")
        category = nlp.add_pipe("textcat_multilabel", config={"model": architecture})
        for concept in CONCEPTS:
            category.add_label(concept)
        wanted = targets(train)
        examples = [
            Example.from_dict(nlp.make_doc(normalise(s.text)), {"cats": dict(zip(CONCEPTS, map(float, row), strict=True))})
            for s, row in zip(train, wanted, strict=True)
        ]
        optimizer = nlp.initialize(lambda: examples[:500])
        rng = random.Random(1)
        for epoch in range(epochs):
            rng.shuffle(examples)
            for start in range(0, len(examples), 64):
                nlp.update(examples[start : start + 64], sgd=optimizer, drop=0.2)
            print(f"  epoch {epoch + 1}/{epochs}", file=sys.stderr, flush=True)
        docs = nlp.pipe([normalise(text) for text in texts])
        return np.array([[doc.cats[concept] for concept in CONCEPTS] for doc in docs])

    return method


def ours(train: list[Sentence], texts: list[str]) -> Scores:
    """The trained reader as it is committed; how sure it is of a mention, times how likely that is present."""
    import onnxruntime
    from tokenizers import Tokenizer

    folder = ROOT / "data/understanding/model"
    about = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(192)
    session = onnxruntime.InferenceSession(str(folder / "reader.onnx"))
    place, present = [about["concepts"].index(c) for c in CONCEPTS], about["statuses"].index("present")
    rows = []
    for text in texts:
        encoding = tokenizer.encode(normalise(text))
        mention, status, _ = session.run(None, {"ids": np.array([encoding.ids]), "mask": np.array([encoding.attention_mask])})
        likely = np.exp(status[0] - status[0].max(-1, keepdims=True))
        likely /= likely.sum(-1, keepdims=True)
        rows.append((1 / (1 + np.exp(-mention[0])) * (likely[:, present] > 0.5))[place])
    return np.array(rows)


_CNN = {
    "@architectures": "spacy.TextCatReduce.v1",
    "exclusive_classes": False,
    "use_reduce_first": False,
    "use_reduce_last": False,
    "use_reduce_max": True,
    "use_reduce_mean": True,
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 96,
        "depth": 4,
        "embed_size": 5000,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
    },
}
_BAG = {
    "@architectures": "spacy.TextCatBOW.v3",
    "exclusive_classes": False,
    "ngram_size": 3,
    "length": 262144,
    "no_output_layer": False,
}
METHODS: dict[str, tuple[str, Method]] = {
    "heads": ("plain encoder, linear heads", heads),
    "bow": ("spaCy textcat, bag of words", textcat(_BAG, 10)),
    "cnn": ("spaCy textcat, convolutions", textcat(_CNN, 20)),
    "ours": ("fine-tuned encoder, attention heads", ours),
}


def figures(scores: Scores, threshold: float, sentences: list[Sentence]) -> tuple[float, float, float, float]:
    """F1 of what is present, emergencies found, not present but read as present, false alarms."""
    hit, wanted = scores >= threshold, targets(sentences)
    tp, fp, fn = int((hit & wanted).sum()), int((hit & ~wanted).sum()), int((~hit & wanted).sum())
    red = np.array([LEVELS[c] == "emergency" for c in CONCEPTS])
    found = hit[:, red].any(1)
    emergencies = sum(int(row[red].sum()) for row in wanted)
    reached = sum(int(row[red].sum()) for row, f in zip(wanted, found, strict=True) if f)
    others = np.array([[any(n == c and st != "present" for n, st in s.labels) for c in CONCEPTS] for s in sentences]) & ~wanted
    none = np.array([not s.labels for s in sentences])
    return (
        2 * tp / max(1, 2 * tp + fp + fn),
        reached / max(1, emergencies),
        int((hit & others).sum()) / max(1, int(others.sum())),
        float(hit.any(1)[none].mean()) if none.any() else 0.0,
    )


def labelled(file: Path) -> list[Sentence]:
    """A set of evaluation/ as sentences."""
    return [Sentence(message.text, message.labels) for message in load_messages(file)]


def main() -> None:
    chosen = sys.argv[1:] or list(METHODS)
    sentences = read_sentences(ROOT / "data/understanding/sentences")
    train = [s for s in sentences if not held_out(s)]
    kept = [s for s in sentences if held_out(s)]
    half = [hashlib.md5(s.text.encode(), usedforsecurity=False).digest()[0] % 2 == 0 for s in kept]
    tune, test = [s for s, h in zip(kept, half, strict=True) if h], [s for s, h in zip(kept, half, strict=True) if not h]
    sets = {"kept out": test} | {
        file.stem.removesuffix("_understanding"): labelled(file)
        for file in sorted((ROOT / "evaluation").glob("*_understanding.jsonl"))
    }
    header = ["", *(f"{name}: {what}" for name in sets for what in ("F1", "emergencies", "not present", "false alarms"))]
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header), flush=True)
    for name in chosen:
        title, method = METHODS[name]
        started = time.monotonic()
        texts = [s.text for s in (*tune, *(s for each in sets.values() for s in each))]
        scores = method(train, texts)
        threshold = max(GRID, key=lambda t: figures(scores[: len(tune)], t, tune)[0])
        cells, start = [], len(tune)
        for each in sets.values():
            cells += [f"{share:.3f}" for share in figures(scores[start : start + len(each)], threshold, each)]
            start += len(each)
        print("| " + " | ".join([title, *cells]) + " |", flush=True)
        print(f"  {title}: threshold {threshold:.2f}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
