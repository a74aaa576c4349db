"""The graph component that puts the Reading of a message on it and decides its intent."""

from __future__ import annotations

from typing import Any

import msgspec
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.dialogue.intents import decide
from bot.knowledge.load import cached_pack
from bot.understanding.read import reader
from bot.understanding.topics import Topics

READING = "reading"
TOPIC = "topic"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SymptomReader(GraphComponent):
    """Reads symptoms. Stands after the intent classifier, whose guess it uses where the message tells no symptom."""

    def __init__(self) -> None:
        self._reader = reader()
        self._topics = Topics(cached_pack())

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SymptomReader:
        """Called by Rasa's graph."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to the training data."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            reading = self._reader.read(text)
            match = self._topics.match(text)
            guess = message.get(INTENT) or {}
            intent = decide(
                reading,
                match.topic if match else None,
                guess.get(INTENT_NAME_KEY),
                float(guess.get(PREDICTED_CONFIDENCE_KEY) or 0.0),
            )
            message.set(INTENT, {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: 1.0}, add_to_output=True)
            message.set(READING, msgspec.to_builtins(reading), add_to_output=True)
            message.set(TOPIC, match.topic if match else None, add_to_output=True)
        return messages
