"""Trains the head that hears cries for help (data/understanding/crisis) and writes it beside the trained reader.

    .venv-training/bin/python training/crisis.py [--check]

The encoder of data/understanding/model/reader.onnx stays as it is: where the file does not yet give out the last hidden
state of each word, that is added as one more output (the weights and the other outputs are untouched). The head learns from
the sentences of data/understanding/crisis and, as what is no cry, from those of data/understanding/sentences. A part of
the sentences is set aside by the hash of their text; evaluation/crisis_thresholds.py chooses the thresholds there, with the
phrases of the pack, and has to be run afterwards. It takes some minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import numpy as np
import onnx
import onnxruntime
import torch
from sentences import CRISES as KINDS
from sentences import JOINS, read_crises, read_sentences, roughen, set_aside
from tokenizers import Tokenizer
from torch import Tensor, nn

from bot.understanding.crisis import ABOUT, FILE, PLACES, CrisisHead, places
from bot.understanding.normalise import normalise

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "data/understanding/model"
HIDDEN, INNER, MEMBERS, BATCH, EPOCHS, RATE = 384, 64, 2, 128, 5, 3e-3
# Of a long text no more than this is learned from; and in each epoch one of so many ordinary sentences.
LONGEST, ONE_OF = 64, 1
# At most this share of ordinary sentences may be taken for a cry by the head alone.
FALSE_ALARMS = 0.001
# What a phrase of the pack lowers the needed logit by.
PHRASE = 3.0


@dataclass(frozen=True)
class Example:
    """A text with its kinds. `source` is the sentence that it was made from; `part` the part of `text` that counts."""

    source: str
    text: str
    kinds: frozenset[str]
    ordinary: bool = False
    part: str | None = None


def expose(file: Path) -> None:
    """Add the last hidden state to the outputs of the reader, and note the new hash in reader.json."""
    model = onnx.load(str(file))
    if "hidden" not in {output.name for output in model.graph.output}:
        last = [node for node in model.graph.node if node.op_type == "LayerNormalization"][-1]
        model.graph.node.append(onnx.helper.make_node("Identity", [last.output[0]], ["hidden"]))
        shape = ["batch", "tokens", HIDDEN]
        model.graph.output.append(onnx.helper.make_tensor_value_info("hidden", onnx.TensorProto.FLOAT, shape))
        onnx.save(model, str(file))
    about = json.loads((file.parent / "reader.json").read_text(encoding="utf-8"))
    about["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (file.parent / "reader.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


class Words:
    """The hidden states and offsets of the tokens of a text, by the reader itself."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(MODEL / "reader.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self._tokenizer.enable_truncation(192)

    def of(self, text: str) -> tuple[np.ndarray, list[tuple[int, int]]]:
        """The hidden states of a normalized text, a row a token, and their offsets."""
        encoding = self._tokenizer.encode(text)
        inputs = {"ids": np.array([encoding.ids]), "mask": np.array([encoding.attention_mask])}
        return self._session.run(["hidden"], inputs)[0][0].astype(np.float16), encoding.offsets


def made(
    crises: list[tuple[frozenset[str], str]], ordinary: list[str], rng: random.Random, *, everything: bool = False
) -> list[Example]:
    """Every sentence as it is; those to learn from also roughened, and within a longer message."""
    short = [text for text in ordinary if len(text) < 160 and not set_aside(text)]
    examples = [Example(text, text, frozenset(), ordinary=True) for text in ordinary]
    for kinds, text in crises:
        examples.append(Example(text, text, kinds))
        for _ in range(0 if set_aside(text) and not everything else 2):
            rough = roughen(text, rng)
            other = rng.choice(short)
            both = [other.rstrip(".! "), rough] if rng.random() < 0.5 else [rough.rstrip(".! "), other]
            examples += [Example(text, rough, kinds), Example(text, rng.choice(JOINS).join(both), kinds, part=rough)]
    return examples


class Head(nn.Module):
    """Members that learn side by side: attention over the words of a span, a row a kind, and a bag of the pieces of its words.

    Their logits are averaged; each is wrong about other sentences.
    """

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ModuleList(nn.Linear(HIDDEN, INNER) for _ in range(MEMBERS))
        self.outer = nn.ModuleList(nn.Linear(INNER, 2 * len(KINDS)) for _ in range(MEMBERS))
        self.pooled = nn.ModuleList(nn.Linear(2 * HIDDEN, INNER) for _ in range(MEMBERS))
        self.told = nn.ModuleList(nn.Linear(INNER, len(KINDS)) for _ in range(MEMBERS))
        self.bag = nn.EmbeddingBag(PLACES, len(KINDS), mode="sum")
        nn.init.zeros_(self.bag.weight)
        self.bias = nn.Parameter(torch.full((len(KINDS),), -3.0))
        self.drop, self.more = nn.Dropout(0.25), nn.Dropout(0.4)

    def forward(self, x: Tensor, mask: Tensor, numbers: Tensor, starts: Tensor, counts: Tensor) -> Tensor:
        rest = self.bag(numbers, starts) / counts.sqrt()[:, None] + self.bias
        ends = torch.cat([x.sum(1) / mask.sum(1, keepdim=True), x.masked_fill(~mask[:, :, None], -1e4).amax(1)], 1)
        members, x = [], self.drop(x)
        for inner, outer, pooled, told in zip(self.inner, self.outer, self.pooled, self.told, strict=True):
            z = self.drop(nn.functional.gelu(inner(x), approximate="tanh"))
            looks, says = outer(z).chunk(2, -1)
            weights = torch.softmax(looks.masked_fill(~mask[:, :, None], -1e4), 1)
            whole = told(self.more(nn.functional.gelu(pooled(self.more(ends)), approximate="tanh")))
            members.append((weights * says).sum(1) + whole + rest)
        return torch.stack(members)


@dataclass(frozen=True)
class Row:
    """A span to learn from: its tokens, the numbers of its words and what it is."""

    hidden: np.ndarray
    numbers: list[int]
    wanted: list[float]
    example: Example


def rows_of(example: Example, words: Words) -> list[Row]:
    """The whole text; and the part of a longer message that counts, as the sentence that it is there."""
    text = normalise(example.text)
    hidden, offsets = words.of(text)
    wanted = [float(kind in example.kinds) for kind in KINDS]
    rows = [Row(hidden[:LONGEST], places(text), wanted, example)]
    if example.part is not None:
        part = normalise(example.part)
        start = text.find(part)
        within = [i for i, (begin, to) in enumerate(offsets) if start <= begin < to <= start + len(part)]
        if start >= 0 and within:
            rows.append(Row(hidden[within], places(part), wanted, example))
    return rows


def batch(rows: list[Row], center: np.ndarray, scale: np.ndarray) -> tuple[Tensor, ...]:
    longest = max(len(row.hidden) for row in rows)
    x, mask = np.zeros((len(rows), longest, HIDDEN), np.float32), np.zeros((len(rows), longest), bool)
    for i, row in enumerate(rows):
        x[i, : len(row.hidden)], mask[i, : len(row.hidden)] = row.hidden, True
    x = (x - center) / scale * mask[:, :, None]
    counts = [max(1, len(row.numbers)) for row in rows]
    starts = np.cumsum([0, *(len(row.numbers) for row in rows)][:-1])
    numbers = torch.tensor([number for row in rows for number in row.numbers], dtype=torch.long)
    return (torch.from_numpy(x), torch.from_numpy(mask), numbers, torch.from_numpy(starts), torch.tensor(counts).float())


def train(rows: list[Row], center: np.ndarray, scale: np.ndarray, seed: int) -> Head:
    torch.manual_seed(seed)
    rng = random.Random(seed)
    head = Head()
    optimizer = torch.optim.AdamW(
        [{"params": [p for n, p in head.named_parameters() if n != "bag.weight"], "weight_decay": 0.02},
         {"params": [head.bag.weight], "weight_decay": 0.05}], lr=RATE,
    )  # fmt: skip
    cries = [row for row in rows if not row.example.ordinary]
    ordinary = [row for row in rows if row.example.ordinary]
    total, step = EPOCHS * ((len(cries) + len(ordinary) // ONE_OF) // BATCH), 0
    for epoch in range(EPOCHS):
        mixed = cries + rng.sample(ordinary, len(ordinary) // ONE_OF)
        rng.shuffle(mixed)
        batches = []
        for start in range(0, len(mixed), 16 * BATCH):
            group = sorted(mixed[start : start + 16 * BATCH], key=lambda row: len(row.hidden))
            batches += [group[i : i + BATCH] for i in range(0, len(group), BATCH)]
        rng.shuffle(batches)
        lost = 0.0
        for chosen in batches:
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, step / 60) * max(0.02, 1.0 - step / total)
            wanted = torch.tensor([row.wanted for row in chosen])
            weights = torch.full((len(KINDS),), 2.0)
            logits = head(*batch(chosen, center, scale))
            loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted.expand_as(logits), pos_weight=weights)
            optimizer.zero_grad()
            (loss * len(KINDS)).backward()
            optimizer.step()
            step, lost = step + 1, lost + float(loss.detach())
        print(f"epoch {epoch + 1}: loss {lost / len(batches):.4f}", flush=True)
    return head.eval()


def save(head: Head, center: np.ndarray, scale: np.ndarray, kinds: list[dict[str, object]]) -> None:
    """Write the head, with the centering of its input folded into its first layers."""

    def weights(layers: nn.ModuleList) -> np.ndarray:
        return np.stack([layer.weight.detach().numpy().T for layer in layers])

    def biases(layers: nn.ModuleList) -> np.ndarray:
        return np.stack([layer.bias.detach().numpy() for layer in layers])

    inner = weights(head.inner) / scale[:, None]
    pooled = weights(head.pooled) / np.tile(scale, 2)[:, None]
    np.savez_compressed(
        MODEL / FILE,
        inner=inner.astype(np.float16),
        inner_bias=biases(head.inner) - center @ inner,
        outer=weights(head.outer).astype(np.float16),
        outer_bias=biases(head.outer),
        pooled=pooled.astype(np.float16),
        pooled_bias=biases(head.pooled) - np.tile(center, 2) @ pooled,
        told=weights(head.told).astype(np.float16),
        told_bias=biases(head.told),
        bag=head.bag.weight.detach().numpy().astype(np.float16),
        bias=head.bias.detach().numpy(),
    )
    about = {
        "kinds": kinds,
        "reader_sha256": hashlib.sha256((MODEL / "reader.onnx").read_bytes()).hexdigest(),
        "trained_by": "training/crisis.py",
    }
    (MODEL / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def as_kinds(alone: dict[str, float]) -> list[dict[str, object]]:
    """The kinds with these thresholds, and with a phrase a fixed step lower."""
    return [{"name": k, "alone": round(alone[k], 2), "with_phrase": round(alone[k] - PHRASE, 2)} for k in KINDS]


def thresholds(scores: np.ndarray, examples: list[Example]) -> dict[str, float]:
    """The lowest logit, one for all kinds, at which at most a share of FALSE_ALARMS of the ordinary sentences fires."""
    ordinary = np.sort(scores[[example.ordinary for example in examples]].max(1))[::-1]
    return dict.fromkeys(KINDS, float(ordinary[int(FALSE_ALARMS * len(ordinary))] + 0.01))


def report(scores: np.ndarray, examples: list[Example], alone: dict[str, float]) -> None:
    enough = np.array([alone[kind] for kind in KINDS])
    fired = scores >= enough
    for i, kind in enumerate(KINDS):
        own = np.array([kind in example.kinds for example in examples])
        right, heard = fired[own, i].sum(), fired[own].any(1).sum()
        print(f"{kind:20} threshold {enough[i]:5.2f}  heard {heard}/{own.sum()}  as this kind {right}")
    near = np.array([not e.kinds and not e.ordinary for e in examples])
    ordinary = np.array([e.ordinary for e in examples])
    print(f"near misses {fired[near].any(1).sum()}/{near.sum()}, ordinary {fired[ordinary].any(1).sum()}/{ordinary.sum()}")
    for example, row in zip(examples, fired, strict=True):
        if row.any() and not example.kinds:
            print(f"  fires: {[k for k, f in zip(KINDS, row, strict=True) if f]} {example.text[:150]}")


def measure(examples: list[Example], words: Words) -> np.ndarray:
    """The scores as the program itself gives them."""
    head = CrisisHead(hashlib.sha256((MODEL / "reader.onnx").read_bytes()).hexdigest())
    scored = []
    for example in examples:
        text = normalise(example.text)
        hidden, offsets = words.of(text)
        scored.append(head.scores(text, hidden.astype(np.float32), offsets))
    return np.array(scored)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="train nothing: what fires among all ordinary sentences")
    parser.add_argument("--all", action="store_true", help="learn from what is set aside too, and keep the thresholds")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    expose(MODEL / "reader.onnx")
    crises = read_crises(ROOT / "data/understanding/crisis")
    told = {text for _, text in crises}
    ordinary = [s.text for s in read_sentences(ROOT / "data/understanding/sentences") if s.text not in told]
    words = Words()
    examples = made(crises, ordinary, random.Random(arguments.seed), everything=arguments.all)
    alone = dict.fromkeys(KINDS, 0.0)
    if arguments.check:
        about = json.loads((MODEL / ABOUT).read_text(encoding="utf-8"))
        alone = {kind["name"]: kind["alone"] for kind in about["kinds"]}
        examples = [e for e in examples if e.text == e.source]
        report(measure(examples, words), examples, alone)
        return
    learnt = [example for example in examples if arguments.all or not set_aside(example.source)]
    learn = [row for example in learnt for row in rows_of(example, words)]
    print(f"{len(learn)} spans to learn from", flush=True)
    some = np.concatenate([row.hidden for row in learn[:: max(1, len(learn) // 4000)]]).astype(np.float32)
    center, scale = some.mean(0), some.std(0) + 1e-3
    head = train(learn, center, scale, arguments.seed)
    if arguments.all:
        about = json.loads((MODEL / ABOUT).read_text(encoding="utf-8"))
        save(head, center, scale, about["kinds"])
        return
    save(head, center, scale, as_kinds(alone))
    kept = [example for example in examples if set_aside(example.source)]
    scores = measure(kept, words)
    alone = thresholds(scores, kept)
    save(head, center, scale, as_kinds(alone))
    report(scores, kept, alone)


if __name__ == "__main__":
    main()
