from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsError, load_clinic, settings

RIGHT = 'name: A clinic\nphone: "+1 555 010"\nhours: always\n'


def test_the_clinic_of_the_repository_can_be_read() -> None:
    assert load_clinic().name


def test_only_name_phone_and_hours_are_needed(tmp_path: Path) -> None:
    file = tmp_path / "clinic.yml"
    file.write_text(RIGHT, encoding="utf-8")
    clinic = load_clinic(file)
    assert (clinic.country, clinic.emergency_number, clinic.consent) == ("other", None, "notice")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: A\n", "clinic.yml:1: K006 Object missing required field `phone`"),
        ("name: A\nphone: +1555010\nhours: x\n", "clinic.yml:2: K006 Expected `str`, got `int`: put it in quotes"),
        (RIGHT + "country: uk\n", "clinic.yml:4: country `uk` is not known; known: us, ca, gb"),
        (RIGHT + "adress: here\n", "clinic.yml:4: K005 unknown key `adress`; known keys: name, phone"),
        (RIGHT + "consent: maybe\n", "clinic.yml:4: K006"),
        (RIGHT + "crisis_number: 988\n", "clinic.yml:4: K006 Expected `str | null`, got `int`: put it in quotes"),
        ("name: [\n", "clinic.yml:2: K002"),
        ("", "clinic.yml:1: K003"),
    ],
)
def test_a_wrong_clinic_file_is_pointed_to(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "clinic.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_clinic(file)
    assert message in str(caught.value)


def test_a_clinic_may_name_its_own_lines(tmp_path: Path) -> None:
    file = tmp_path / "clinic.yml"
    file.write_text(
        RIGHT + 'emergency_number: "1"\nadvice_number: "2"\ncrisis_number: "3"\npoison_number: "4"\n', encoding="utf-8"
    )
    clinic = load_clinic(file)
    assert (clinic.emergency_number, clinic.advice_number, clinic.crisis_number, clinic.poison_number) == ("1", "2", "3", "4")


def test_a_missing_clinic_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"clinic\.yml:1: K001 cannot be read"):
        load_clinic(tmp_path / "clinic.yml")


@pytest.mark.parametrize(
    ("listed", "origins"),
    [
        ("", ()),
        (" , ", ()),
        ("https://www.clinic.example", ("https://www.clinic.example",)),
        ("https://a.example, http://b.example:8080,", ("https://a.example", "http://b.example:8080")),
        ("http://[::1]:5005", ("http://[::1]:5005",)),
    ],
)
def test_origins_are_a_list(listed: str, origins: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCHECK_ORIGINS", listed)
    assert settings().origins == origins


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "null",
        "clinic.example",
        "https://",
        "https://Clinic.example",
        "https://clinic.example/",
        "https://clinic.example/chat",
        "https://clinic.example:443",
        "http://clinic.example:80",
        "https://*.clinic.example",
        "https://a.example https://b.example",
        "ftp://clinic.example",
    ],
)
def test_what_no_browser_names_as_an_origin_is_refused_with_what_to_write(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCHECK_ORIGINS", f"https://right.example,{wrong}")
    with pytest.raises(SettingsError) as caught:
        settings()
    assert f"`{wrong}` is no origin" in str(caught.value)
    assert "such as https://www.clinic.example" in str(caught.value)


@pytest.mark.parametrize("name", ["AFTERCHECK_SECRET", "AFTERCHECK_REST_TOKEN"])
@pytest.mark.parametrize("guessed", ["x", "1234567", "aaaaaaaaaaaaaaaaaaaa"])
def test_a_secret_that_is_easily_guessed_is_refused(name: str, guessed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, guessed)
    with pytest.raises(SettingsError, match=f"^{name}: this is easily guessed; .*openssl rand") as refused:
        settings()
    assert len(guessed) == 1 or guessed not in str(refused.value)
    assert "\n" not in str(refused.value)
    monkeypatch.setenv(name, "12345678")
    assert "12345678" in (settings().secret, settings().rest_token)
