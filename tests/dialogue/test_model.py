from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.dialogue import model as module
from bot.dialogue.model import TrainingError, ensure_model, model_file


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that a model depends on, and a training that only writes a file."""
    files = ("config.yml", "domain.yml", "data/nlu/a.yml", "data/rules/b.yml", "bot/dialogue/reader_component.py")
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "MODELS", tmp_path / "models")

    def train(output: str, fixed_model_name: str, **_: Any) -> Any:
        print("what Rasa prints")
        Path(output).mkdir(exist_ok=True)
        (Path(output) / f"{fixed_model_name}.tar.gz").write_text("model")
        return SimpleNamespace(code=0)

    monkeypatch.setattr("rasa.model_training.train", train)
    return tmp_path


def test_a_model_is_trained_once_for_the_same_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = ensure_model()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Training the dialogue model")
    assert "Trained in " in shown.err
    assert ensure_model() == first
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["config.yml", "domain.yml", "data/nlu/a.yml", "data/rules/b.yml", "data/stories/new.yml"])
def test_a_change_of_a_file_needs_another_model_and_the_old_one_goes(project: Path, name: str) -> None:
    first = ensure_model()
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("changed")
    second = ensure_model()
    assert second != first
    assert list((project / "models").iterdir()) == [second]


def test_a_file_that_takes_no_part_needs_no_other_model(project: Path) -> None:
    first = model_file()
    (project / "clinic.yml").write_text("changed")
    assert model_file() == first


@pytest.mark.parametrize("code", [0, 1])
def test_a_training_that_makes_no_model_says_where_to_look(project: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr("rasa.model_training.train", lambda **_: SimpleNamespace(code=code))
    with pytest.raises(TrainingError, match="rasa data validate"):
        ensure_model()
