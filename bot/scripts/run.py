"""`aftercheck test`: the scripts, the agent, the terminal and the result file brought together."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.channels.converse import converse
from bot.dialogue.agent import load_agent
from bot.dialogue.model import TrainingError, ensure_model
from bot.scripts.load import load_scripts, select
from bot.scripts.model import Heard, Result
from bot.scripts.names import names_of
from bot.scripts.play import Talk, play_all
from bot.scripts.record import record, save
from bot.scripts.report import coverage, describe, summary, write_junit
from bot.understanding.encoder import ModelError
from bot.wording.speaker import speaker

CHANNEL = "script"
PER_LINE = 80


def run_scripts(paths: list[Path], junit: Path | None = None, name: str | None = None) -> int:
    """Play the scripts of `paths` whose name matches `name`. 1 when one failed. Raises KnowledgeError for faulty files."""
    names = names_of(speaker().pack, speaker().texts)
    try:
        cases = select(load_scripts(paths, names), name)
    except re.error as error:
        return _refuse(f"--name {name}: is no valid regular expression ({error})")
    if not cases:
        return _refuse(f"--name {name}: no conversation has such a name")
    open_talk = _agent()
    if open_talk is None:
        return 1
    started = time.monotonic()
    results = asyncio.run(play_all(cases, open_talk, speaker(), _progress(len(cases))))
    failed = [result for result in results if result.failures]
    print("\n\n" + "".join(f"{describe(result)}\n\n" for result in failed), end="")
    print(f"Seen in all conversations:\n{coverage(results, names)}\n")
    print(f"{summary(results)} {time.monotonic() - started:.0f} seconds.")
    if junit is not None:
        write_junit(results, junit)
    return 1 if failed else 0


def record_script(file: Path) -> int:
    """Chat in the terminal and write the conversation to `file` as a script."""
    if file.exists():
        return _refuse(f"{file}: exists already; choose another name")
    open_talk = _agent()
    if open_talk is None:
        return 1
    print("Write as a patient would. An empty line or Ctrl-D ends and saves the conversation.\n", flush=True)
    turns = asyncio.run(record(_typed(), open_talk("record")))
    if not turns:
        return _refuse("nothing was said, so nothing was saved")
    save(turns, file)
    print(f"Saved: {file}. Change the name of the conversation to what it proves.")
    return 0


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _typed() -> Iterator[str]:
    while True:
        try:
            line = input("> ")
        except EOFError:
            return
        if not line.strip():
            return
        yield line


def _agent() -> Callable[[str], Talk] | None:
    """Opens conversations with the real agent; None when it cannot be had, which is said."""
    try:
        agent: Any = load_agent(ensure_model())
    except (TrainingError, ModelError) as error:
        print(error, file=sys.stderr)
        return None

    def open_talk(sender: str) -> Talk:
        async def talk(text: str) -> Heard:
            replies = await converse(agent.handle_message, CHANNEL, sender, text)
            tracker = await agent.tracker_store.retrieve(f"{CHANNEL}:{sender}")
            return Heard(text, tuple(replies), tracker.current_slot_values() if tracker else {})

        return talk

    return open_talk


def _progress(total: int) -> Callable[[Result], None]:
    """Prints a dot for each conversation that holds and an F for each that fails."""
    done = 0

    def show(result: Result) -> None:
        nonlocal done
        done += 1
        end = f" {done}/{total}\n" if done % PER_LINE == 0 else ""
        print("F" if result.failures else ".", end=end, flush=True)

    return show
