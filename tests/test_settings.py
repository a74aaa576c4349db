from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsError, load_clinic

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


def test_a_missing_clinic_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"clinic\.yml:1: K001 cannot be read"):
        load_clinic(tmp_path / "clinic.yml")
