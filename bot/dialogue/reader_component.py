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

from bot.dialogue.intents import ASK_NUMBER, FALLBACK, OUT_OF_SCOPE, SURE, WISHES, Taught, decide, familiar, taught
from bot.knowledge.load import cached_pack
from bot.understanding.read import read, reader
from bot.understanding.reading import Reading
from bot.understanding.topics import Topics
from bot.understanding.whereabouts import Whereabouts

READING = "reading"
TOPIC = "topic"
# The topic that meets what the message wants, where it may be said to an emergency answer.
WISH = "wish"
# Whether the message is, word for word, an example of its intent.
EXACTLY = "exactly"
COUNTRY = "country"
# How near a message that names a symptom must be to a known question to be taken for it.
SURELY = 0.80
# A wish counts only where an emergency stands: to take something else for one does no harm there.
WISHED = 0.40
_FILE = "taught.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SymptomReader(GraphComponent):
    """Reads symptoms. Stands after the intent classifier, whose guess it uses where the message tells no symptom.

    In training it notes with which words each intent is taught: the classifier sees letters only, and is as sure of a
    guess about words that it has never met.
    """

    def __init__(self, storage: ModelStorage, resource: Resource, known: Taught) -> None:
        self._storage, self._resource, self._taught = storage, resource, known
        reader()  # what it loads is loaded now, and not with the first message
        self._topics = Topics(cached_pack())
        self._whereabouts = Whereabouts(cached_pack())

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SymptomReader:
        """Called by Rasa's graph before training."""
        return cls(model_storage, resource, Taught())

    def train(self, training_data: TrainingData) -> Resource:
        """Note and keep what each intent is taught with."""
        examples = ((example.get(INTENT), example.get(TEXT) or "") for example in training_data.intent_examples)
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_bytes(msgspec.json.encode(taught(examples), order="deterministic"))
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SymptomReader:
        """Called by Rasa's graph with a trained model."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, msgspec.json.decode((folder / _FILE).read_bytes(), type=Taught))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to the training data."""
        return training_data

    def _topic(self, text: str, reading: Reading) -> str | None:
        """The topic that a message asks about; where it names a symptom too, only a topic that is surely meant."""
        match = self._topics.match(text)
        return match.topic if match and (not reading.mentions or match.score >= SURELY) else None

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            reading = read(text)
            exactly = self._taught.exactly(reading)
            if exactly is not None:
                reading = msgspec.structs.replace(reading, mentions=())
            guess, confidence = self._guess(message, text)
            sure = self._taught.example_of(text) or (guess if confidence >= (WISHED if guess in WISHES else SURE) else None)
            topic = self._topic(text, reading)
            wish = self._topics.meeting(sure, text) if sure in WISHES else None
            country = self._whereabouts.named(text) if sure == ASK_NUMBER else self._whereabouts.here(text)
            intent = exactly or decide(reading, topic, guess, confidence)
            if country is not None and intent in (FALLBACK, OUT_OF_SCOPE):
                intent = ASK_NUMBER
            message.set(INTENT, {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: 1.0}, add_to_output=True)
            message.set(READING, msgspec.to_builtins(reading), add_to_output=True)
            message.set(TOPIC, topic, add_to_output=True)
            message.set(WISH, wish, add_to_output=True)
            message.set(EXACTLY, exactly is not None, add_to_output=True)
            message.set(COUNTRY, country, add_to_output=True)
        return messages

    def _guess(self, message: Message, text: str) -> tuple[str | None, float]:
        """The classifier's intent and how sure it is; not at all where the words are not those of the intent."""
        guess = message.get(INTENT) or {}
        name: str | None = guess.get(INTENT_NAME_KEY)
        known = name is not None and familiar(text, self._taught.words.get(name, frozenset()))
        return name, float(guess[PREDICTED_CONFIDENCE_KEY]) if known else 0.0
