"""The trained reader (training/train.py): a small sentence encoder with one attention head per concept, run by ONNX.

For every concept it gives how sure it is that the text is about it, with which status, and which words say so.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from bot.knowledge.load import DATA
from bot.settings import SettingsError

MODEL = DATA / "understanding" / "model"
MAX_TOKENS = 192
OUTPUTS = ["mention", "status", "attention", "hidden"]
Floats = npt.NDArray[np.float32]


class ModelError(SettingsError):
    """The trained reader cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Scores:
    """What the reader makes of one text. Rows are concepts; `offsets` are the (start, end) of its tokens in the text.

    `hidden` is what the encoder makes of each token, a row a token (for bot.understanding.crisis).
    """

    mention: Floats
    status: Floats
    attention: Floats
    hidden: Floats
    offsets: list[tuple[int, int]]


class Encoder:
    """The trained reader. `concepts` and `statuses` name the rows and columns of its scores."""

    def __init__(self, folder: Path = MODEL) -> None:
        try:
            about = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
            model = (folder / "reader.onnx").read_bytes()
            tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
            self.concepts: list[str] = about["concepts"]
            self.statuses: list[str] = about["statuses"]
            self.sha256: str = about["sha256"]
        except OSError as error:
            raise ModelError(f"{error.filename}: {error.strerror}; restore it with `git checkout -- {folder}`") from None
        except (ValueError, TypeError, KeyError):
            raise ModelError(f"{folder / 'reader.json'} is broken; restore it with `git checkout -- {folder}`") from None
        if hashlib.sha256(model).hexdigest() != self.sha256:
            raise ModelError(f"{folder / 'reader.onnx'} is not the file that reader.json describes; restore both from git")
        try:
            self._tokenizer = Tokenizer.from_str(tokenizer)
        except Exception:  # the library raises nothing narrower
            raise ModelError(f"{folder / 'tokenizer.json'} is broken; restore it with `git checkout -- {folder}`") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def read(self, text: str) -> Scores:
        """The scores of a text. One at a time: int8 arithmetic would make the scores of a batch depend on its other texts."""
        encoding = self._tokenizer.encode(text)
        inputs = {"ids": np.array([encoding.ids], dtype=np.int64), "mask": np.array([encoding.attention_mask], dtype=np.int64)}
        mention, status, attention, hidden = (each[0] for each in self._session.run(OUTPUTS, inputs))
        status = np.exp(status - status.max(-1, keepdims=True))
        sure = 1.0 / (1.0 + np.exp(-mention))
        return Scores(sure, status / status.sum(-1, keepdims=True), attention, hidden, encoding.offsets)


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """The trained reader of this process."""
    return Encoder()
