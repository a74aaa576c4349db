from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.knowledge.load import DEFAULT_PACK
from bot.settings import ROOT
from bot.understanding.encoder import Encoder
from tests.loading import load_rasa
from tests.serving import aftercheck

load_rasa()

# ---- serve: what cannot be served is said in one line


@pytest.fixture(autouse=True)
def no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here writes into the store of the project."""
    monkeypatch.setenv("AFTERCHECK_STORE", "memory:")


def assert_one_line(code: int, shown: str, *parts: str) -> None:
    assert code == 1
    assert len(shown.splitlines()) == 1, shown
    for part in parts:
        assert part in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "abc"], "port abc: expected a number"),
        (["--port", "70000"], "port 70000: expected a number"),
        (["--host", "256.1.1.1"], "host 256.1.1.1: no such address"),
        (["--host", "0.0.0.0", "--port", "0"], "AFTERCHECK_REST_TOKEN"),
    ],
)
def test_an_address_that_cannot_be_served(arguments: list[str], says: str) -> None:
    ran = aftercheck("serve", *arguments)
    assert ran.stdout == b""
    assert_one_line(ran.returncode, ran.stderr.decode(), says)


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = aftercheck("serve", "--port", port)
    assert_one_line(ran.returncode, ran.stderr.decode(), f"port {port} on 127.0.0.1: Address already in use")


@pytest.mark.parametrize(
    ("clinic", "says"),
    [
        (None, "cannot be read"),
        (b"name: [", "not valid YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"- a list", "must be a mapping"),
        (b"name: A\nphone: '1'\nhours: always\nfax: '2'\n", "fax"),
        (b"name: A\nphone: '1'\nhours: always\ncountry: atlantis\n", "atlantis"),
    ],
    ids=["missing", "yaml", "utf-8", "list", "key", "country"],
)
def test_a_broken_clinic(tmp_path: Path, clinic: bytes | None, says: str) -> None:
    file = tmp_path / "clinic.yml"
    if clinic is not None:
        file.write_bytes(clinic)
    ran = aftercheck("serve", "--port", "0", AFTERCHECK_CLINIC=str(file))
    assert_one_line(ran.returncode, ran.stderr.decode(), str(file), says)


def serve(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """`aftercheck serve` in this process; it has to fail before it serves."""
    code = main(["serve", "--port", "0"])
    return code, capsys.readouterr().err


def test_broken_knowledge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(DEFAULT_PACK, pack)
    (pack / "rules.yml").write_text("triage_rules: [")
    monkeypatch.setattr("bot.knowledge.load.DEFAULT_PACK", pack)
    assert_one_line(*serve(capsys), f"{pack / 'rules.yml'}:")


@pytest.mark.parametrize(
    ("broken", "content", "says"),
    [
        ("reader.json", None, "restore it with `git checkout"),
        ("reader.onnx", None, "restore it with `git checkout"),
        ("tokenizer.json", None, "restore it with `git checkout"),
        ("reader.json", b"{", "reader.json is broken"),
        ("reader.json", b"[]", "reader.json is broken"),
        ("reader.json", b"{}", "reader.json is broken"),
        ("reader.onnx", b"other", "is not the file that reader.json describes"),
        ("tokenizer.json", b"{}", "tokenizer.json is broken"),
    ],
)
def test_a_broken_reader(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: str,
    content: bytes | None,
    says: str,
) -> None:
    onnx = b"a model"
    sha256 = "ff8c6e5d8c8c8a6e7d1b0f9f1d7a8a3f"
    monkeypatch.setattr("bot.understanding.encoder.hashlib.sha256", lambda data: Digest(sha256 if data == onnx else "other"))
    files = {"reader.json": json.dumps({"concepts": [], "statuses": [], "sha256": sha256}).encode(), "reader.onnx": onnx}
    files["tokenizer.json"] = (ROOT / "data/understanding/model/tokenizer.json").read_bytes()
    for name, good in files.items():
        wanted = content if name == broken else good
        if wanted is not None:
            (tmp_path / name).write_bytes(wanted)
    monkeypatch.setattr("bot.understanding.encoder.encoder", lambda: Encoder(tmp_path))
    assert_one_line(*serve(capsys), says, str(tmp_path))


class Digest:
    def __init__(self, digest: str) -> None:
        self._digest = digest

    def hexdigest(self) -> str:
        return self._digest


def test_broken_credentials(
    agent: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "credentials.yml"
    file.write_text("\nrest: {}\n")
    monkeypatch.setenv("AFTERCHECK_CREDENTIALS", str(file))
    assert_one_line(*serve(capsys), f"{file}:2: `rest` is no channel of Aftercheck")


def test_a_broken_dialogue_model(
    agent: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "aftercheck-1.tar.gz"
    file.write_bytes(b"no model")
    monkeypatch.setattr("bot.dialogue.model.ensure_model", lambda: file)
    assert_one_line(*serve(capsys), f"{file}: cannot be loaded")


def test_ctrl_c_before_it_serves(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(host: str, port: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.listen.listen", interrupted)
    assert main(["serve"]) == 130
    assert capsys.readouterr().err == ""


# ---- train


def test_train_names_the_model(trained: None) -> None:
    ran = aftercheck("train")
    assert (ran.returncode, ran.stderr) == (0, b"")
    [name] = ran.stdout.decode().split()
    assert (ROOT / "models" / name).is_file()


# ---- understand


def test_understand_answers_each_line_in_its_place() -> None:
    lines = [b"I cannot breathe", b"", b"\xff\xfe pain\x00", b"/inform{}", "ich weiß nicht 🙂".encode()]
    ran = aftercheck("understand", stdin=b"\r\n".join(lines))
    assert (ran.returncode, ran.stderr) == (0, b"")
    read = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [each["text"] for each in read] == [line.decode(errors="replace") for line in lines]
    assert read[0]["mentions"][0]["concept"] == "dyspnoea"
    assert set(read[0]["mentions"][0]) >= {"concept", "status", "text", "start", "end", "side", "severity"}
    assert "evidence" not in read[0]["mentions"][0]
    assert {"mentions", "days_since_treatment", "areas"} <= set(read[1])


def test_understand_reads_objects_and_says_which_line_is_none() -> None:
    lines = [b'{"text": "I cannot breathe", "id": 7}', b"[]", b'{"text": 1}', b"\xff", b"", b'{"text": "half \\ud83d"}']
    ran = aftercheck("understand", "--jsonl", "--explain", stdin=b"\n".join(lines))
    assert (ran.returncode, ran.stderr) == (2, b"")
    read = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ["error" in each for each in read] == [False, True, True, True, False]
    assert read[0]["mentions"][0]["evidence"]
    assert read[4]["text"] == "half \ufffd"


def test_understand_without_its_model_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.understanding import read

    read.reader.cache_clear()
    monkeypatch.setattr(read, "encoder", lambda: Encoder(tmp_path))
    try:
        assert_one_line(main(["understand"]), capsys.readouterr().err, "reader.json")
    finally:
        read.reader.cache_clear()


def test_a_reader_that_goes_away_is_no_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def gone(*_: Any, **__: Any) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("bot.understanding.command.understand", gone)
    assert main(["understand"]) == 141
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["serve", "--nonsense"]])
def test_what_is_no_command_is_told_how_to_ask(arguments: list[str]) -> None:
    ran = aftercheck(*arguments)
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"usage: aftercheck")
    assert b"Traceback" not in ran.stderr
