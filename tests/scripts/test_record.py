from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scripts.model import Case
from bot.scripts.play import play
from bot.scripts.record import as_script, record, save
from bot.wording.speaker import Speaker

from .conftest import assessment, info, question, talk_of

Load = Callable[[str], list[Case]]
REPLIES = {
    "hello: “you”\tthere": [info("greeting")],
    "yes": [question("red_flags", "dyspnoea")],
    "🙈": [assessment("same_day", "diplopia", rules=("under_18",))],
}


async def test_a_recorded_conversation_passes_when_it_is_played(load: Load, speaker: Speaker) -> None:
    talk = talk_of(REPLIES)
    turns = await record([f"{line}\n" for line in (*REPLIES, "  ")], talk)
    case = load(as_script(turns))[0]
    result = await play(case, talk, speaker)
    assert result.failures == ()
    assert len(result.turns) == 3
    assert [step.kind for step in case.steps if hasattr(step, "kind")] == ["utter", "question", "level", "concepts", "rules"]


async def test_the_replies_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    await record(["yes"], talk_of(REPLIES))
    assert capsys.readouterr().out == "About red_flags?\n\n"


async def test_a_recording_replaces_nothing(tmp_path: Path) -> None:
    turns = await record(["yes"], talk_of(REPLIES))
    file = tmp_path / "new" / "talk.yml"
    save(turns, file)
    assert file.read_text(encoding="utf-8") == as_script(turns)
    with pytest.raises(FileExistsError):
        save(turns, file)
