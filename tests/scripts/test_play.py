from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.scripts.model import Case, Heard, Result
from bot.scripts.play import AT_ONCE, MAX_ANSWERS, Talk, play, play_all
from bot.wording.speaker import Speaker

from .conftest import assessment, info, question, talk_of

Load = Callable[[str], list[Case]]


def script(*steps: str, name: str = "a") -> str:
    return f"test_cases:\n  - test_case: {name}\n    steps:\n" + "".join(f"      - {step}\n" for step in steps)


async def test_what_holds_passes(load: Load, speaker: Speaker) -> None:
    case = load(script("user: hi", "utter: greeting", "user: bye", "utter: goodbye"))[0]
    result = await play(case, talk_of({"hi": [info("greeting")], "bye": [info("goodbye")]}), speaker)
    assert result.failures == ()
    assert [turn.said for turn in result.turns] == ["hi", "bye"]


async def test_all_checks_of_a_turn_are_made_and_then_it_stops(load: Load, speaker: Speaker) -> None:
    case = load(script("user: hi", "utter: human", "bot: Good day", "bot: words", "user: bye", "utter: human"))[0]
    said: list[str] = []
    result = await play(case, talk_of({"hi": [info("greeting")], "bye": [info("goodbye")]}, said), speaker)
    assert [(failure.kind, failure.place.line) for failure in result.failures] == [("utter", 5), ("bot", 6)]
    assert said == ["hi"]


async def test_answer_rest_answers_each_kind_until_the_assessment(load: Load, speaker: Speaker) -> None:
    case = load(script("user: hi", "answer_rest: {severity: bad, default: nope}", "assertions: [{level: routine}]"))[0]
    said: list[str] = []
    replies = {
        "hi": [question("red_flags")],
        "none of these": [question("severity")],
        "bad": [question("symptoms")],
        "nope": [assessment("routine")],
    }
    result = await play(case, talk_of(replies, said), speaker)
    assert result.failures == ()
    assert said == ["hi", "none of these", "bad", "nope"]


async def test_answer_rest_has_nothing_to_do_after_an_assessment(load: Load, speaker: Speaker) -> None:
    case = load(script("user: hi", "answer_rest: {}"))[0]
    result = await play(case, talk_of({"hi": [assessment("routine")]}), speaker)
    assert result.failures == ()
    assert len(result.turns) == 1


async def test_answer_rest_gives_up(load: Load, speaker: Speaker) -> None:
    case = load(script("user: hi", "answer_rest: {}", "assertions: [{level: routine}]"))[0]
    endless = await play(case, talk_of({"hi": [question("symptoms")], "no": [question("symptoms")]}), speaker)
    assert [failure.came for failure in endless.failures] == [f"none after {MAX_ANSWERS} answers"]
    assert len(endless.turns) == MAX_ANSWERS + 1
    nothing = await play(case, talk_of({"hi": [info("greeting")]}), speaker)
    assert [failure.came for failure in nothing.failures] == ["neither a question nor an assessment"]


async def test_a_breakdown_fails_although_nobody_looks_for_it(load: Load, speaker: Speaker) -> None:
    case = load(script("user: hi"))[0]
    result = await play(case, talk_of({"hi": [speaker.fallback("failed")]}), speaker)
    assert [failure.kind for failure in result.failures] == ["reply"]


async def test_each_case_has_its_own_conversation_and_only_some_run_at_once(load: Load, speaker: Speaker) -> None:
    cases = [case for number in range(30) for case in load(script("user: hi", "utter: greeting", name=f"n{number}"))]
    opened: list[str] = []
    running = highest = 0

    def open_talk(sender: str) -> Talk:
        opened.append(sender)

        async def talk(text: str) -> Heard:
            nonlocal running, highest
            running += 1
            highest = max(highest, running)
            await asyncio.sleep(0)
            running -= 1
            return Heard(text, (info("greeting"),))

        return talk

    done: list[Result] = []
    results = await play_all(cases, open_talk, speaker, done.append)
    assert [result.case.name for result in results] == [case.name for case in cases]
    assert len(done) == len(set(opened)) == 30
    assert 1 < highest <= AT_ONCE
