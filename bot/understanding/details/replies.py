"""Whether a message as a whole says yes, no or "not sure", and whether it takes something back."""

from __future__ import annotations

import re

from bot.understanding.normalise import normalise
from bot.understanding.reading import YesNo

# A longer message tells more than a doubt ("not sure what to do, my eye ...").
_SHORT = 8
_LEAD = (
    r"^\W*(?:(?:oh|ok|okay|well|um|uh|erm|er|hmm|so|actually|honestly|thankfully|luckily|fortunately|unfortunately|sadly"
    r"|definitely|absolutely|certainly|of course|probably|hell|sorry|hi|hello|god|lol|so far)\W+)*"
)
_END = r"(?=\s*(?:$|[,.;:!?)-]|(?:and|but|i|im|it|its|they|thanks?|thank|please|sorry|at all|so far|to)\b))"
_THOSE = r"(?:it|that|this|them|these|those)"
_ANY = rf"(?:{_THOSE}|one|any|anything|either|(?:any|one) of {_THOSE}(?: things| signs)?)"
# "No strength in my arms" is a symptom and no answer.
_LACKS = (
    r"(?! (?:longer|one|matter|wonder|idea|clue|doubt|kidding|joke|comment"
    r"|strength|energy|power|feeling|sensation|voice|saliva|spit|tears|appetite"
    r"|sleep|movement|control|vision|sight|better|improvement|change|different|difference|effect|results?|relief|bowel|breath)\b)"
)
_NO = re.compile(
    rf"{_LEAD}(?:"
    rf"no\b{_LACKS}|(?:nope|nah|naw|nay|non|nein|negative|n/a)\b|(?:na|n|nil|not|neither|never|nothing){_END}"
    r"|not (?:really|at all|as far as|to my knowledge|yet|so far|now|currently|any ?more|any of|me|one|a thing|a single)\b"
    r"|not that (?:i|ive|im)\b|i think not\b|(?:i )?(?:dont|do not) (?:think|believe) so\b"
    r"|i (?:have|had|feel|get|got) (?:none|nothing|no such)\b|none\b(?!.*\b(?:help|work|eas|reliev)\w*)|neither of\b"
    rf"|never (?:had|felt|noticed|experienced|got) {_ANY}\b"
    r"|nothing (?:like|of|else|on the list|new|to report|really|i|that)\b"
    r"|(?:i )?(?:dont|do not|havent|have not|didnt|did not)(?: (?:have|had|got|get|feel|felt|see|seen|notice|noticed))?"
    rf"(?: {_ANY})?{_END}"
    rf"|(?:it|they|that|i|im|its|he|she) ?(?:isnt|is not|doesnt|does not|hasnt|arent|not|am not|dont){_END}"
    r")|^\W*(?:👎|❌)"
)
_YES = re.compile(
    rf"{_LEAD}(?:"
    r"(?:yes|yeah|yep|yup|yea|yeh|yess|ya|aye|yh|ye|yas|si|affirmative|indeed)\b"
    r"|(?:y|sure|correct|exactly|definitely|absolutely|of course|always|constantly|sometimes|occasionally|slightly|somewhat"
    rf"|often|a lot|unfortunately|sadly|(?:most )?(?:probably|likely)){_END}"
    r"|(?:sure (?:thing|is|do|does)|very much|afraid so|im afraid so|go ahead|i (?:think|believe|guess|suppose) so)\b"
    rf"|(?:ok|okay|k|sort of|kind of|kinda|a (?:tiny |little )?bit|a little|on and off|now and then){_END}"
    rf"|(?:i do|i did|it is|it does|it did|it has|they do|they are|i am|i have|i can){_END}"
    rf"|i (?:do )?(?:have|get|got|feel|had) (?:{_ANY}|both|all|some)\b"
    r")|^\W*(?:👍|✅|👌|✔)"
)
_UNSURE = re.compile(
    r"\b(?:not (?:really |quite |too |so |totally |entirely |completely |100 ?% ?)?(?:sure|certain)|unsure|dunno|idk"
    r"|(?:dont|do not|didnt) know|no (?:idea|clue)|(?:hard|difficult) to (?:say|tell)|i forg[eo]t|maybe|possibly|perhaps"
    r"|(?:cant|cannot|couldnt) (?:tell|say|remember)|(?:dont|do not) remember|(?:might|could) be|who knows|i guess)\b"
    r"(?! (?:why|how to|how i|who|what to|what caus|words?|anything)\b)|^\W*🤷"
)
_CORRECTION = re.compile(
    r"\b(?:i (?:meant|misspoke|mistyped|got (?:it|that|this) wrong|made a (?:mistake|typo)|made an error|was wrong)"
    r"|i mean,? (?:the|my|not|its)\b|my mistake|by mistake|correction|wrong (?:side|eye|one|answer|button)|typo"
    r"|mixed (?:it|them|that) up|ignore that|scratch that|i (?:pressed|clicked|tapped|picked|chose) the wrong"
    r"|sorry,? (?:the )?(?:other|left|right)\b"
    r"|sorry,? (?:not|its the|it is the|its my|it was the|the other|i meant)|actually,? (?:its|it is|it was|not|no))\b"
)


def read_yes_no(text: str) -> YesNo | None:
    """Whether the message as a whole answers yes, no or "not sure"; None where it is no such answer."""
    text = normalise(text)
    if _UNSURE.search(text) and len(text.split()) <= _SHORT:
        return "unsure"
    if _NO.search(text):
        return "no"
    return "yes" if _YES.search(text) else None


def read_correction(text: str) -> bool:
    """Whether the message takes something back ("I made a mistake, it was the right eye")."""
    return bool(_CORRECTION.search(normalise(text)))
