from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.dialogue.agent import prepare
from bot.knowledge.errors import KnowledgeError
from bot.scripts.play import Talk

from .conftest import assessment, question, talk_of

prepare()
from bot.scripts import run  # noqa: E402  # rasa may be imported only after `prepare`

SCRIPT = """\
test_cases:
  - test_case: a lid
    steps:
      - user: my lid droops
      - answer_rest: {}
      - assertions: [{level: few_days}]
  - test_case: a brow
    steps:
      - user: my lid droops
      - assertions: [{question: severity}]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script with one conversation that holds and one that fails, with the agent replaced."""
    replies = {"my lid droops": [question("red_flags")], "none of these": [assessment("few_days", "eyelid_ptosis")]}

    def open_talk(sender: str) -> Talk:
        return talk_of(replies)

    monkeypatch.setattr(run, "_agent", lambda: open_talk)
    file = tmp_path / "script.yml"
    file.write_text(SCRIPT, encoding="utf-8")
    return file


def test_a_failure_is_shown_and_gives_exit_code_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit = file.with_name("junit.xml")
    assert run.run_scripts([file], junit) == 1
    shown = capsys.readouterr().out
    assert "script.yml:10: question\n    - severity\n    + red_flags" in shown
    assert "2 conversations with 3 turns: 1 passed, 1 failed." in shown
    assert ElementTree.parse(junit).getroot().attrib["failures"] == "1"


def test_only_the_named_conversations_run(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.run_scripts([file], name="lid") == 0
    assert "1 conversations with 2 turns: 1 passed, 0 failed." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pattern", "message"), [("nobody", "no conversation has such a name"), ("(", "no valid regular expression")]
)
def test_a_name_that_selects_nothing_is_an_error(
    file: Path, capsys: pytest.CaptureFixture[str], pattern: str, message: str
) -> None:
    assert run.run_scripts([file], name=pattern) == 1
    assert message in capsys.readouterr().err


def test_a_faulty_file_is_refused_before_the_agent_is_loaded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("test_cases: []\n", encoding="utf-8")
    monkeypatch.setattr(run, "_agent", lambda: pytest.fail("the agent was loaded"))
    with pytest.raises(KnowledgeError):
        run.run_scripts([file])


def test_a_chat_is_recorded_and_can_be_played(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter(["my lid droops", "none of these", ""])
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines))
    recorded = file.with_name("recorded.yml")
    assert run.record_script(recorded) == 0
    assert run.run_scripts([recorded]) == 0
    assert run.record_script(recorded) == 1
    assert "exists already" in capsys.readouterr().err


def test_a_chat_without_words_is_not_saved(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    recorded = file.with_name("recorded.yml")
    assert run.record_script(recorded) == 1
    assert not recorded.exists()
