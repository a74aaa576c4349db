from __future__ import annotations

import pytest

from bot.wording.abroad import number_reply
from bot.wording.frame import faults
from tests.wording.speakers import PACK, SPEAKER, hard_parts


@pytest.mark.parametrize("country", PACK.countries.values(), ids=lambda country: country.id)
def test_the_number_of_every_country_is_said_with_its_source_and_the_frame(country: object) -> None:
    reply = number_reply(country, SPEAKER)  # type: ignore[arg-type]
    assert country.emergency in reply.text.splitlines()[0]  # type: ignore[attr-defined]
    assert "Source: " in reply.text
    assert faults(reply, SPEAKER) == []


def test_without_a_country_it_is_that_of_the_clinics() -> None:
    reply = number_reply(None, SPEAKER)
    assert reply.text.startswith("In an emergency: 911.")
    assert "Tell me which." in reply.text
    assert faults(reply, SPEAKER) == []
    assert hard_parts(reply.text) == {}
