"""`aftercheck evaluate`: how well messages are understood, how safely simulated patients are sent (evaluation/README.md)."""

from bot.evaluation.compare import evaluate_typed
from bot.evaluation.measure import evaluate

__all__ = ["evaluate", "evaluate_typed"]
