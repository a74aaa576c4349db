"""The reader's network: the all-MiniLM-L6-v2 encoder with one attention head per concept on top.

Every concept looks at the words that matter to it (its attention row), which gives three things at once: whether the
concept is mentioned, with which status, and which words say so. The encoder is written out here, rather than taken from
a library, so that the exported graph is small and its every input and output is ours.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS = 384, 6, 12, 1536, 30522, 512


class Layer(nn.Module):
    """One transformer layer of BERT (post-norm)."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(HIDDEN, HIDDEN) for _ in range(3))
        self.out = nn.Linear(HIDDEN, HIDDEN)
        self.norm1, self.norm2 = nn.LayerNorm(HIDDEN, eps=1e-12), nn.LayerNorm(HIDDEN, eps=1e-12)
        self.inner, self.outer = nn.Linear(HIDDEN, INNER), nn.Linear(INNER, HIDDEN)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, _ = x.shape

        def split(y: Tensor) -> Tensor:
            return y.view(batch, length, HEADS, HIDDEN // HEADS).transpose(1, 2)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        weights = self.drop(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(HIDDEN // HEADS) + bias, dim=-1))
        x = self.norm1(x + self.drop(self.out((weights @ v).transpose(1, 2).reshape(batch, length, HIDDEN))))
        return self.norm2(x + self.drop(self.outer(nn.functional.gelu(self.inner(x)))))


class Reader(nn.Module):
    """The whole network.

    Token ids to mention logits (batch, concepts), status logits (batch, concepts, statuses) and attention
    (batch, concepts, tokens).
    """

    def __init__(self, concepts: int, statuses: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, HIDDEN)
        self.places = nn.Embedding(POSITIONS, HIDDEN)
        self.segment = nn.Parameter(torch.zeros(HIDDEN))
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.drop = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.look = nn.Parameter(torch.randn(concepts, HIDDEN) * 0.02)
        self.attend = nn.Linear(HIDDEN, HIDDEN)
        self.mention = nn.Parameter(torch.randn(concepts, HIDDEN) * 0.02)
        self.mention_bias = nn.Parameter(torch.full((concepts,), -3.0))
        self.whole = nn.Linear(HIDDEN, concepts)
        self.status = nn.Linear(2 * HIDDEN, HIDDEN)
        self.status_out = nn.Linear(HIDDEN, statuses)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.drop(self.norm(self.words(ids) + self.places(positions) + self.segment))
        bias = (1.0 - mask.to(x.dtype))[:, None, None, :] * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        attention = torch.softmax(self.look @ self.attend(x).transpose(1, 2) / math.sqrt(HIDDEN) * 8 + bias[:, 0], dim=-1)
        seen = attention @ x
        weights = mask.to(x.dtype)[:, :, None]
        mean = (x * weights).sum(1) / weights.sum(1)
        seen = self.drop(seen)
        mention = (seen * self.mention).sum(-1) + self.mention_bias + self.whole(self.drop(mean))
        context = torch.cat([seen, mean[:, None, :].expand_as(seen)], dim=-1)
        status = self.status_out(self.drop(nn.functional.gelu(self.status(context))))
        return mention, status, attention


def load_encoder(reader: Reader, weights: dict[str, Tensor]) -> None:
    """Fill the encoder from the published safetensors weights of all-MiniLM-L6-v2 (Apache-2.0)."""
    reader.words.weight.data = weights["embeddings.word_embeddings.weight"].clone()
    reader.places.weight.data = weights["embeddings.position_embeddings.weight"].clone()
    reader.segment.data = weights["embeddings.token_type_embeddings.weight"][0].clone()
    names = {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "out": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "norm2": "output.LayerNorm",
    }
    for part in ("weight", "bias"):
        getattr(reader.norm, part).data = weights[f"embeddings.LayerNorm.{part}"].clone()
        for index, layer in enumerate(reader.layers):
            for ours, theirs in names.items():
                getattr(getattr(layer, ours), part).data = weights[f"encoder.layer.{index}.{theirs}.{part}"].clone()
