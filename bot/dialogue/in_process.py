"""Runs the custom actions in the server's own process, so that one process serves all and no HTTP call is made."""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import jsonschema
from rasa.core.actions.action import RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

logger = logging.getLogger(__name__)

ACTIONS = "actions"
# The lock of a conversation lasts 60 seconds; an action must be over long before.
SECONDS = 10.0

# Names of the actions that failed in this turn. Rasa goes on after a failed action as if nothing had happened; whoever
# sends the replies looks here and sends the safe fallback instead.
failed_actions: ContextVar[list[str]] = ContextVar("failed_actions")


class InProcessActions(EndpointConfig):
    """An action endpoint without a server. Rasa's RemoteAction calls `request` alone."""

    def __init__(self, package: str = ACTIONS) -> None:
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, method: str = "post", *arguments: Any, **named: Any) -> Any:
        """Run the action that the JSON names. Raises RasaException when it fails or takes longer than SECONDS.

        Neither the exception nor the log carries the error's own message: it may hold what the patient wrote.
        """
        name = named["json"]["next_action"]
        try:
            return await asyncio.wait_for(self._executor.run(named["json"]), SECONDS)
        except Exception as error:  # whatever an action raises must end in the safe fallback
            failed_actions.get([]).append(name)
            frame = _last_frame(error)
            logger.error("action %s failed: %s at %s", name, type(error).__name__, frame)
            raise RasaException(f"action {name} failed") from None


def _last_frame(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"


@lru_cache(maxsize=1)
def _validator() -> Any:
    return jsonschema.Draft7Validator(RemoteAction.action_response_format_spec())


def build_validator_once() -> None:
    """Check an action's answer with one validator. Rasa builds and checks the schema anew at every call: 20 ms each."""

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        _validator().validate(result)
        return True

    RemoteAction._validate_action_result = validate
