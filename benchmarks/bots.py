"""The two bots that are compared: how each is made, and how it is started and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RASA = Path(sys.executable).with_name("rasa")
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}

ACTION = """\
from rasa_sdk import Action


class ActionHello(Action):
    def name(self):
        return "action_hello"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="Hello from a custom action.")
        return []
"""
RULE = """
- rule: a greeting runs a custom action
  steps:
  - intent: greet
  - action: action_hello
"""


@dataclass(frozen=True)
class Bot:
    """A bot that can be served: the commands of its processes, and what one user says to it."""

    name: str
    folder: Path
    commands: tuple[tuple[str, ...], ...]
    port: int
    said: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where its REST channel is."""
        return f"http://127.0.0.1:{self.port}/webhooks/rest/webhook"

    @contextlib.contextmanager
    def running(self) -> Iterator[list[int]]:
        """Start its processes, each in a group of its own; the process ids. Stops them in the end.

        Aftercheck keeps conversations; each start begins with none.
        """
        with tempfile.TemporaryDirectory() as store:
            yield from self._running({**os.environ, **QUIET, "AFTERCHECK_STORE": f"sqlite:///{store}/store.sqlite3"})

    def _running(self, environment: dict[str, str]) -> Iterator[list[int]]:
        started = [
            subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            for command in self.commands
        ]
        try:
            yield [process.pid for process in started]
        finally:
            for process in started:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
            for process in started:
                process.wait(60)


def ours() -> Bot:
    """Aftercheck, trained. Each message runs one or two custom actions."""
    run("aftercheck train", [sys.executable, "-m", "bot.cli", "train"], ROOT)
    port = free_port()
    said = ("hello", "my left eyelid has been drooping since yesterday", "None of these", "not sure", "None of these")
    return Bot("Aftercheck", ROOT, ((sys.executable, "-m", "bot.cli", "serve", "--port", str(port)),), port, said)


def default(folder: Path) -> Bot:
    """The bot of `rasa init` with one custom action, trained; a greeting runs the action on its action server."""
    run("rasa init", [str(RASA), "init", "--no-prompt", "--init-dir", str(folder)], folder)
    port, actions = free_port(), free_port()
    (folder / "actions" / "actions.py").write_text(ACTION)
    (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n")
    (folder / "credentials.yml").write_text("rest:\n")
    domain = folder / "domain.yml"
    domain.write_text(domain.read_text() + "\nactions:\n  - action_hello\n")
    rules = folder / "data" / "rules.yml"
    rules.write_text(rules.read_text() + RULE)
    # The stories greet with a response; a greeting cannot do both.
    stories = folder / "data" / "stories.yml"
    stories.write_text(stories.read_text().replace("utter_greet", "action_hello"))
    run("rasa train", [str(RASA), "train"], folder)
    commands = (
        (str(RASA), "run", "actions", "--port", str(actions)),
        (str(RASA), "run", "--port", str(port), "--interface", "127.0.0.1"),
    )
    return Bot("rasa init", folder, commands, port, ("hi", "hello", "hey there", "good morning", "hi"))


def run(name: str, command: list[str], folder: Path) -> None:
    """Run a command to its end. Raises RuntimeError with the end of its output when it fails."""
    print(f"{name} ...", flush=True)
    done = subprocess.run(command, cwd=folder, env={**os.environ, **QUIET}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-20:]))


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
