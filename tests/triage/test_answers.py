from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.answers import TRIES, agrees, with_answer
from bot.triage.assess import assess
from bot.triage.interview import Ask
from bot.triage.report import SymptomReport
from bot.triage.turn import take
from tests.triage.questions import (
    CONTEXT,
    COURSE,
    DETAILS,
    EVERY,
    FEVER,
    ONE_SIGN,
    ONSET,
    RED_FLAGS,
    SEVERITY,
    SIDES,
    SYMPTOMS,
    TREATED,
)
from tests.triage.reports import PACK, mention, reading, report_of, reports

NO = ["none", "None of these", "none of those", "no", "No.", "nope", "nah", "neither", "nothing", "not really", "no thanks",
      "no, I can breathe fine", "it's fine", "im fine", "all fine", "all good", "everything is ok", "I feel fine", "no to all",
      "no none of those", "I have none of these", "thankfully not", "I don't have any of those", "fine thanks"]  # fmt: skip
DOUBT = ["not sure", "Not sure", "dunno", "I don't know", "maybe", "hard to say", "can't tell", "idk", "possibly", "🤷"]
YES = ["yes", "Yes", "yeah", "I do", "yep", "a bit", "sometimes", "I think so", "yes please", "👍"]
UNRELATED = ["what do you mean", "the weather is nice", "how much does it cost", "blue", "?", "ok", "okay", "I don't feel well",
             "no energy at all", "nothing helps", "none of the creams help", "who are you"]  # fmt: skip
NUMBER = ["7/10", "size 8"]


def answered(ask: Ask, text: str, *mentions: Any, tries: int = 1, **known: Any) -> tuple[SymptomReport, bool]:
    """The report after a reply to a question that was asked `tries` times, and whether the reply was understood."""
    before = report_of("fatigue", asked=(ask.id,) * tries, **known)
    result = with_answer(before, ask, reading(text, *mentions), PACK)
    return result.report, result.understood


def statuses(report: SymptomReport) -> set[str]:
    """How the warning signs that were asked for stand."""
    return {finding.status for concept, finding in report.findings.items() if concept != "fatigue"}


# -- lists of warning signs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", NO)
@pytest.mark.parametrize("ask", [RED_FLAGS, SYMPTOMS, CONTEXT, ONE_SIGN])
def test_no_denies_all_signs(ask: Ask, text: str) -> None:
    report, understood = answered(ask, text)
    assert understood
    assert {concept: report.findings[concept].status for concept in ask.concepts} == dict.fromkeys(ask.concepts, "absent")


@pytest.mark.parametrize("text", NO)
@pytest.mark.parametrize("ask", [FEVER, DETAILS])
def test_no_denies_all_details(ask: Ask, text: str) -> None:
    report, understood = answered(ask, text)
    assert understood
    assert report.conditions == dict.fromkeys(ask.conditions, "no")


@pytest.mark.parametrize("text", DOUBT)
@pytest.mark.parametrize("ask", [RED_FLAGS, SYMPTOMS, CONTEXT, ONE_SIGN, FEVER, DETAILS])
def test_a_doubt_counts_as_yes(ask: Ask, text: str) -> None:
    report, understood = answered(ask, text)
    assert understood
    assert statuses(report) == ({"unsure"} if ask.concepts else set())
    assert report.conditions == dict.fromkeys(ask.conditions, "unsure")
    before = report_of("fatigue")
    assert assess(report, PACK).level >= assess(before, PACK).level


@pytest.mark.parametrize("text", YES)
def test_yes_to_one_sign_is_that_sign(text: str) -> None:
    report, understood = answered(ONE_SIGN, text)
    assert understood
    assert report.findings["diplopia"].status == "present"
    assert answered(FEVER, text)[0].conditions == {"fever": "yes"}


@pytest.mark.parametrize("text", YES)
@pytest.mark.parametrize("ask", [RED_FLAGS, SYMPTOMS, CONTEXT, DETAILS])
def test_yes_to_several_signs_asks_which_and_then_counts_all(ask: Ask, text: str) -> None:
    report, understood = answered(ask, text)
    assert not understood
    assert statuses(report) == set()
    report, understood = answered(ask, text, tries=TRIES)
    assert understood
    assert statuses(report) == ({"unsure"} if ask.concepts else set())
    assert report.conditions == dict.fromkeys(ask.conditions, "unsure")


@pytest.mark.parametrize("text", UNRELATED)
@pytest.mark.parametrize("ask", [RED_FLAGS, SYMPTOMS, CONTEXT, ONE_SIGN, FEVER, DETAILS])
def test_what_is_not_understood_is_asked_once_more_and_then_stays_open(ask: Ask, text: str) -> None:
    report, understood = answered(ask, text)
    assert statuses(report) == set()
    assert report.conditions == {}
    assert report.closed == ()
    assert not understood
    assert report.unclear == 1
    report, _ = answered(ask, text, tries=TRIES)
    assert statuses(report) == set()
    assert report.closed == report.unanswered == (ask.id,)


@pytest.mark.parametrize(
    ("ask", "text", "expected"),
    [
        (RED_FLAGS, "the second one", {"dysphagia": "present"}),
        (RED_FLAGS, "2", {"dysphagia": "present"}),
        (RED_FLAGS, "1 and 3", {"dyspnoea": "present", "dysarthria": "present"}),
        (SYMPTOMS, "both", {"diplopia": "present", "dry_mouth": "present"}),
        (SYMPTOMS, "Dry Mouth", {"dry_mouth": "present"}),
    ],
)
def test_signs_by_their_place(ask: Ask, text: str, expected: dict[str, str]) -> None:
    report, understood = answered(ask, text)
    assert understood
    assert {concept: report.findings[concept].status for concept in ask.concepts if concept in report.findings} == expected


def test_both_details() -> None:
    assert answered(DETAILS, "both")[0].conditions == {"fever": "yes", "head_injury": "yes"}


@pytest.mark.parametrize(
    ("text", "mentions", "expected"),
    [
        ("I choke", [mention("dysphagia")], {"dysphagia": "present"}),
        ("no but I choke", [mention("dysphagia")], {"dysphagia": "present"}),
        ("my mum chokes", [mention("dysphagia", "other")], {"dysphagia": "present"}),
        ("no trouble breathing but I choke", [mention("dyspnoea", "absent"), mention("dysphagia")],
         {"dyspnoea": "absent", "dysphagia": "present"}),
        ("I can breathe", [mention("dyspnoea", "absent")], {"dyspnoea": "absent"}),
        ("no, but my mouth is dry", [mention("dry_mouth")],
         {**dict.fromkeys(RED_FLAGS.concepts, "absent"), "dry_mouth": "present"}),
        ("I think I choke", [mention("dysphagia", "possible")], {"dysphagia": "present"}),
        ("yes choking", [mention("dysphagia", "absent", denial="open")], {"dysphagia": "present"}),
        ("none but choking", [mention("dysphagia", "absent", denial="told")], {"dysphagia": "present"}),
    ],
)  # fmt: skip
def test_signs_in_free_words(text: str, mentions: list[Any], expected: dict[str, str]) -> None:
    report, understood = answered(RED_FLAGS, text, *mentions)
    assert {concept: finding.status for concept, finding in report.findings.items() if concept != "fatigue"} == expected
    assert understood
    assert report.closed == ()


def test_a_sign_that_is_only_wondered_about_is_not_chosen() -> None:
    report, understood = answered(RED_FLAGS, "could I choke?", mention("dysphagia", "possible"))
    assert not understood
    assert statuses(report) == set()


@pytest.mark.parametrize("tries", [1, TRIES])
@pytest.mark.parametrize(
    ("text", "mentions"), [("mild", []), ("the same", []), ("my mouth is dry", [mention("dry_mouth")]), ("7/10", [])]
)
def test_what_else_is_told_while_a_list_waits_is_kept_and_is_no_failed_try(text: str, mentions: list[Any], tries: int) -> None:
    before = report_of("fatigue", asked=("red_flags",) * tries)
    result = with_answer(before, RED_FLAGS, reading(text, *mentions), PACK)
    assert result.heard == "noted"
    assert result.report != before
    assert result.report.unanswered == result.report.closed == ()
    turn = take(before, RED_FLAGS, reading(text, *mentions), PACK)
    assert (turn.say, turn.lead) == ("ask_again", "noted")
    assert turn.report.asked.count("red_flags") == tries


def test_a_detail_in_free_words() -> None:
    result = with_answer(report_of("fatigue"), DETAILS, reading("my temperature is 39", conditions=("fever",)), PACK)
    assert result.understood
    assert result.report.conditions == {"fever": "yes"}


def test_a_denial_of_one_sign_leaves_the_others_open_until_the_second_try() -> None:
    report, understood = answered(RED_FLAGS, "I can breathe", mention("dyspnoea", "absent"), tries=TRIES)
    assert understood
    assert report.unanswered == ("red_flags",)


# -- details --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "field", "replies"),
    [
        (SIDES, "side", {
            "left": ["left", "Left", "the left one", "on the left", "1", "the first one", "L"],
            "right": ["right", "my right eye", "2", "the second one"],
            "both": ["both", "Both sides", "both of them", "left and right", "3", "the last one", *DOUBT],
        }),
        (SEVERITY, "severity", {
            "mild": ["mild", "Mild", "not too bad", "2/10", "2", "it's fine", "ok", "not really", "none", "the first one"],
            "moderate": ["moderate", "so-so", "5", "about a 5", "bad", "5/10", "the second one"],
            "severe": ["severe", "7/10", "8 out of 10", "10", "unbearable", "really bad", "the last one"],
        }),
        (COURSE, "course", {
            "better": ["better", "Getting better", "a bit better", "it has gone", "1", "improving"],
            "same": ["About the same", "same", "no change", "not better", "no worse than yesterday", "2", "the second one"],
            "worse": ["worse", "Getting worse", "getting worse", "a lot worse", "3"],
        }),
        (ONSET, "onset_days_ago", {
            0.0: ["today", "this morning", "0"],
            1.0: ["yesterday", "1", "one day", "1 day ago"],
            3.0: ["3", "3 days ago", "about 3 days", "3 days ago, right after the botox", "I think 3"],
            14.0: ["2 weeks", "a fortnight ago", "two weeks ago"],
        }),
        (TREATED, "days_since_treatment", {
            0.0: ["today"],
            3.0: ["3", "3 days ago", "day 3", "3 days ago I think", "I had it done 3 days ago"],
            10.5: ["a week and a half"],
        }),
    ],
)  # fmt: skip
def test_a_detail_is_read(ask: Ask, field: str, replies: dict[Any, list[str]]) -> None:
    for value, texts in replies.items():
        for text in texts:
            report, understood = answered(ask, text)
            assert (text, getattr(report, field), understood) == (text, value, True)


@pytest.mark.parametrize("ask", [SIDES, SEVERITY, COURSE, ONSET, TREATED])
@pytest.mark.parametrize("text", ["what do you mean", "who are you", "?", "blue"])
def test_an_unread_detail_is_asked_once_more_and_then_left(ask: Ask, text: str) -> None:
    report, understood = answered(ask, text)
    assert not understood
    assert report.closed == ()
    report, understood = answered(ask, text, tries=TRIES)
    assert report.closed == (ask.id,)
    assert report.unanswered == ()
    assert report.unclear == 1


@pytest.mark.parametrize("ask", [SEVERITY, COURSE, ONSET, TREATED])
@pytest.mark.parametrize("text", DOUBT)
def test_a_doubt_about_a_detail_closes_the_question(ask: Ask, text: str) -> None:
    report, understood = answered(ask, text)
    assert understood
    assert report.closed == (ask.id,)
    assert msgspec.structs.replace(report, closed=(), asked=()) == report_of("fatigue")


@pytest.mark.parametrize("text", ["neither", "none", "just one", "one side", "in the middle", "only one eye"])
def test_one_side_is_not_both(text: str) -> None:
    report, understood = answered(SIDES, text)
    assert understood
    assert report.side is None
    assert report.closed == ("sides",)


@pytest.mark.parametrize(
    ("text", "asked"), [("3 days ago", TREATED), ("yesterday", TREATED), ("3", TREATED), ("3 days ago", ONSET)]
)
def test_an_answer_about_one_time_is_not_taken_for_the_other(text: str, asked: Ask) -> None:
    report, _ = answered(asked, text)
    assert (report.onset_days_ago is None) is (asked is TREATED)
    assert (report.days_since_treatment is None) is (asked is ONSET)


@pytest.mark.parametrize(
    ("text", "treated", "onset"),
    [
        ("2 days after the injections", 10.0, 8.0),
        ("day 3", 10.0, 7.0),
        ("12 days after", 10.0, 0.0),
        ("2 days after the injections", None, None),
    ],
)
def test_a_time_after_the_treatment_is_counted_from_it(text: str, treated: float | None, onset: float | None) -> None:
    report, understood = answered(ONSET, text, days_since_treatment=treated)
    assert report.onset_days_ago == onset
    assert report.days_since_treatment == treated
    assert understood is (onset is not None)


def test_both_times_in_one_reply_are_both_kept() -> None:
    report, _ = answered(ONSET, "botox 10 days ago, the pain 2 days ago")
    assert (report.days_since_treatment, report.onset_days_ago) == (10, 2)


# -- all questions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", EVERY)
def test_whatever_else_a_reply_says_enters_too(ask: Ask) -> None:
    report, _ = answered(ask, "my voice is hoarse, the left", mention("dysphonia"))
    assert report.findings["dysphonia"].status == "present"


@pytest.mark.parametrize(
    "text", ["yes", "ok", "okay", "sure", "fine", "it's fine", "go ahead", "that's ok", "of course", "yes please"]
)
def test_what_agrees_to_be_asked(text: str) -> None:
    assert agrees(reading(text))


@pytest.mark.parametrize("text", ["no", "not sure", "why", "my eye droops", "no thanks", "what is this"])
def test_what_does_not_agree(text: str) -> None:
    assert not agrees(reading(text))


@given(
    reports, st.sampled_from(EVERY), st.one_of(st.text(max_size=20), st.sampled_from([*NO, *DOUBT, *YES, *UNRELATED, *NUMBER]))
)
def test_no_reply_without_news_makes_anything_unknown(report: SymptomReport, ask: Ask, text: str) -> None:
    after = with_answer(report, ask, reading(text), PACK).report
    assert set(report.findings) <= set(after.findings)
    assert all(after.findings[concept].counts for concept in report.counted)
    assert after.unclear >= report.unclear
