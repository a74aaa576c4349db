"""Which side, how bad and whether it gets better or worse."""

from __future__ import annotations

import re

from bot.knowledge.model import Course, Severity, Side
from bot.understanding.normalise import normalise

_WORD = re.compile(r"[a-z0-9]+")
_BOTH = re.compile(
    r"\bboth\b(?! (?:botox|filler|times|days|visits|appointments|products|treatments|sessions|clinics|of (?:us|you)|can|a"
    r"|the botox)\b)"
    r"|\beach (?:side|eye|lid|eyelid|brow|arm)\b|\beither side\b|\b(?:left and right|right and left)\b|\bbilateral"
)
# "left" and "right" are sides beside one of these words, whatever else stands there.
_PARTS = frozenset(
    "side sided hand handed eye eyes eyelid eyelids lid upper lower top bottom brow eyebrow forehead temple cheek face jaw"
    " mouth lip neck ear arm armpit underarm shoulder leg half corner one only part outer inner nostril pupil".split()
)
_NOT_LEFT_BEFORE = frozenset(
    "i we they you she he ive weve theyve has have had was were been being nothing something anything everything any none much"
    " energy strength days weeks time little bit units what whats who just when after before as".split()
)
_NOT_LEFT_AFTER = frozenset(
    "me it the them my him her us this that work home a an untreated alone behind with there unattended to feeling wondering"
    " everything nothing something over for early late yet again at before after off out in".split()
)
_NOT_RIGHT_BEFORE = frozenset(
    "feel feels feeling felt look looks looking looked seem seems sit sits not isnt doesnt dont arent wasnt quite thats"
    " all am be put exactly get got works you youre sound sounds if".split()
)
_NOT_RIGHT_AFTER = frozenset(
    "now away after before then there here as about on in out through thing amount way or dose place person doctor answer time"
    " choice product direction so ok okay well im my where when round back next by".split()
)
_TAG = re.compile(r"(?<!or )(?<!the )(?<!my )\bright ?\?|^\W*(?:is|are) (?:this|that|it|they) right\b")
_BARE_SIDES: dict[str, Side] = {"l": "left", "lt": "left", "r": "right", "rt": "right"}

_NEGATED = re.compile(
    r"\b(?:not|isnt|wasnt|arent|doesnt|dont|didnt|hasnt|havent|no|never|nothing|without|hardly)\b(?: \w+){0,2} $"
)
_SEVERE = re.compile(
    r"\b(?:severe(?:ly)?|unbearabl[ey]|excruciating(?:ly)?|agony|agonising|agonizing|terribl[ey]|horribl[ey]|horrific"
    r"|horrendous|worst (?:ever|pain|headache|(?:\w+ )?of my life|(?:\w+ )?(?:ive|i have) ever)|extreme(?:ly)?|intense"
    r"|crippling|debilitating|awful|(?:really|so|very) (?:bad|painful)(?:ly)?|killing me"
    r"|can ?not cope|cant (?:cope|bear|stand|take) (?:it|this|the pain)"
    r"|through the roof)\b"
)
_MODERATE = re.compile(
    r"\b(?:moderate(?:ly)?|medium|middling|so[- ]so|in between|in the middle|(?:quite|fairly|pretty|rather) bad(?:ly)?|bearable"
    r"|manageable|tolerable)\b"
)
_MILD = re.compile(
    r"\b(?:mild(?:ly)?|slight(?:ly)?|a (?:tiny|little|wee|small|teeny) bit|not (?:too |that |so |very |really "
    r"|all that )?bad|barely|minor|hardly|a touch|nothing (?:too |very |that )?(?:bad|major|serious|much)|hardly anything"
    r"|faint(?= (?:bruise|mark|ache)))\b"
)
_DEGREES = "zero one two three four five six seven eight nine ten".split()
_SCORE = rf"(?P<score>\d{{1,2}}(?:\.\d)?|{'|'.join(_DEGREES)})"
_SCALE = re.compile(rf"(?<!on )(?<![\d/])\b{_SCORE}\s*(?:/|out ?of|outta|out|of)\s*(?:10|ten)\b")
_BARE_SCORE = re.compile(
    r"^\W*(?:(?:its|it is|is|im|i am|id say|say|id give it|about|around|maybe|probably|like|at|a|an|between)\s+)*"
    rf"(?:(?:\d{{1,2}}|{'|'.join(_DEGREES)})\s*(?:-|to|or|and)\s*)?{_SCORE}\s*(?:ish|right now|now|i think|i guess|maybe)?\W*$"
)
_BARE_DEGREES: dict[str, Severity] = {
    **dict.fromkeys(("very", "very much", "extremely", "a lot", "hurts a lot", "strong", "the worst", "very strong"), "severe"),
    **dict.fromkeys(("bad", "quite", "kind of bad", "kinda bad", "average", "normal", "half and half"), "moderate"),
    **dict.fromkeys(("ok", "okay", "fine", "alright", "all right", "light", "small", "low", "not much"), "mild"),
    **dict.fromkeys(("a little", "a bit", "hardly at all"), "mild"),
}
_IT_IS = re.compile(r"^\W*(?:(?:its|it is|it|im|i am|pain is)\s+)?|\W+$")

_HYPOTHETICAL = re.compile(
    r"\b(?:if|will|would|could|might|can|should|may|in case|(?:does|do|did) (?:it|this|that|they)|worried|scared|afraid"
    r"|dont want)\b(?: \w+){0,4} $"
)
_WAS = re.compile(r"\b(?:was|were|been)(?: (?:a bit|a lot|much|even|far))? $")
_WORSE = re.compile(
    r"\bworse\b(?! (?:for wear|case|at|in the|when|if|on the|before|with|while|whenever)\b)"
    r"|\b(?:getting|got|gotten|gets|growing|becoming|became|lot|much|even|way) worse\b|\bworsen(?:s|ed|ing)\b|\bmore and more\b"
    r"|\bgoing downhill\b|\bdeteriorat\w+|\bgetting (?:bigger|larger|redder|hotter|stronger|heavier|lower|weaker"
    r"|more (?:painful|swollen|sore))\b"
    r"|\b(?:is|are|its|keeps?|been|still|started) (?:spreading|growing)\b|\b(?:spreading|growing|increasing) (?:fast"
    r"|quickly|by)\b"
)
_NOT_WORSE = re.compile(
    r"\b(?:not|isnt|is not|hasnt|has not|havent|never|doesnt|didnt|arent|wasnt|without|rather than|nor)\b"
    r"(?: (?!same\b)\w+){0,3} $"
    r"|\bno $"
)
_BETTER = re.compile(
    r"\b(?:(?:getting|got|gotten|gets|goes|going|a bit|bit|little|lot|much|slowly|slightly|feels?|feeling|is|its|definitely|all"
    r"|loads|way|bit by bit)"
    r" better|improv(?:ing|ed|es)|easing(?: off)?|eased|settling(?: down)?|settled|fading|faded|going (?:away|down)"
    r"|gone down|calming down|wearing off now|subsid(?:ing|ed)|clearing(?: up)?|healing|on the mend|(?:nearly|almost) gone"
    r"|less (?:painful|swollen|sore|red|itchy|than (?:before|yesterday)|today|now|(?:each|every) day))\b"
    r"|^\W*better\b(?! (?:safe|than|to|off|if)\b)"
)
_NOT_BETTER = re.compile(
    r"\b(?:not|isnt|is not|no|wont|never|hasnt|has not|havent|arent|doesnt|didnt|neither|nor|dont)\b[^.;!?,]{0,18}"
    r"\b(?:better|improv\w+|eas(?:ing|ed)|settl(?:ing|ed)|(?:go|goes|going|gone) (?:away|down)|fad(?:ing|ed)|clearing"
    r"|healing)\b"
)
_SAME = re.compile(
    r"\b(?:the same(?! (?:day|side|time|place|spot|clinic|person|doctor|nurse|eye|area|thing|week|month|way|product|brand"
    r"|lady)\b)"
    r"|same (?:as|still)|no (?:change|changes|different|difference)|unchanged|(?:not|hasnt|isnt|havent|doesnt) chang(?:ed"
    r"|ing|e)|stay(?:ing|s|ed)? (?:put|the same)|steady|stable|constant|comes and goes|up and down)\b|^\W*(?:still )?same\b"
)


def read_side(text: str) -> Side | None:
    """Left, right or both; left and right in one text are both."""
    text = normalise(text)
    if _BOTH.search(text):
        return "both"
    words = _WORD.findall(_TAG.sub(" ", text))
    if len(words) == 1 and words[0] in _BARE_SIDES:
        return _BARE_SIDES[words[0]]
    left = _names_side(words, ("left", "lft", "lhs"), _NOT_LEFT_BEFORE, _NOT_LEFT_AFTER)
    right = _names_side(words, ("right", "rhs"), _NOT_RIGHT_BEFORE, _NOT_RIGHT_AFTER)
    if left and right:
        return "both"
    return "left" if left else "right" if right else None


def _names_side(words: list[str], names: tuple[str, ...], not_before: frozenset[str], not_after: frozenset[str]) -> bool:
    for index, word in enumerate(words):
        if word in names:
            before = words[index - 1] if index else ""
            after = words[index + 1] if index + 1 < len(words) else ""
            if after in _PARTS or (before not in not_before and after not in not_after):
                return True
    return False


def read_severity(text: str) -> Severity | None:
    """The degree that the words give, the worst when several are given."""
    text = normalise(text)
    if any(not _NEGATED.search(text[: match.start()]) for match in _SEVERE.finditer(text)):
        return "severe"
    if match := _SCALE.search(text):
        return _score(match)
    if _MODERATE.search(text):
        return "moderate"
    return "mild" if _MILD.search(text) else None


def read_scale(text: str) -> Severity | None:
    """The degree of a reply to "how bad is it?" that is a number from 0 to 10 or a word that means one only there ("bad")."""
    text = normalise(text)
    if match := _BARE_SCORE.match(text):
        return _score(match)
    return _BARE_DEGREES.get(_IT_IS.sub("", text))


def _score(match: re.Match[str]) -> Severity | None:
    score = float(_DEGREES.index(match["score"]) if match["score"] in _DEGREES else match["score"])
    if score > 10:
        return None
    return "mild" if score <= 3 else "moderate" if score <= 6 else "severe"


def read_course(text: str) -> Course | None:
    """Whether it is getting better or worse or stays the same; worse wins, and "not worse" alone is the same."""
    text = normalise(text)
    not_worse = False
    for match in _WORSE.finditer(text):
        before = text[: match.start()]
        if _NOT_WORSE.search(before):
            not_worse = True
        elif not _HYPOTHETICAL.search(before) and not (match[0] == "worse" and _WAS.search(before)):
            return "worse"
    if _NOT_BETTER.search(text):
        return "same"
    if _BETTER.search(text):
        return "better"
    return "same" if not_worse or _SAME.search(text) else None
