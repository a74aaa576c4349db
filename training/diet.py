"""Trains Rasa's DIET on {"train": [[intent, text]], "texts"} from standard input and prints [[intent, confidence]] a text.

Run by training/compare.py in the project's own environment, where Rasa and TensorFlow are.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
EPOCHS = 12
CONFIG = """
recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    batch_size: [64, 256]
    random_seed: 1
    entity_recognition: false
"""


def main() -> None:
    asked = json.load(sys.stdin)
    # What Rasa prints is not for whoever reads the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "config.yml").write_text(CONFIG.format(epochs=EPOCHS), encoding="utf-8")
        intents: dict[str, list[str]] = {}
        for intent, text in asked["train"]:
            intents.setdefault(intent, []).append(text)
        blocks = [
            f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {_plain(text)}\n" for text in texts)
            for intent, texts in intents.items()
        ]
        (place / "nlu.yml").write_text('version: "3.1"\nnlu:\n' + "".join(blocks), encoding="utf-8")
        model = train_nlu(str(place / "config.yml"), str(place / "nlu.yml"), str(place / "models"))
        agent = Agent.load(model)

        async def parsed() -> list[tuple[str, float]]:
            found = [(await agent.parse_message(text))["intent"] for text in asked["texts"]]
            return [(intent.get("name") or "none", float(intent.get("confidence") or 0.0)) for intent in found]

        json.dump(asyncio.run(parsed()), answers)


def _plain(text: str) -> str:
    """A text as an example of Rasa's: brackets would be taken for entities."""
    return "".join(c for c in text if c not in "[](){}|\\").strip() or "."


if __name__ == "__main__":
    main()
