from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.triage.assess import assess_message
from bot.understanding.hears import Hears
from bot.understanding.language_data import ENGLISH, common, english_words, heard_languages, languages, plainly
from bot.understanding.languages import detect
from bot.understanding.normalise import with_offsets
from bot.understanding.other_languages import OtherLanguages
from bot.understanding.reading import Mention, Reading

PACK = cached_pack()
OTHERS = OtherLanguages(PACK)
HEARS = Hears(heard_languages().values())
FOREIGN = [code for code in languages() if code != ENGLISH]
HEARD = [code for code in heard_languages() if code != ENGLISH]
IN_ENGLISH = [code for code in HEARD if code not in FOREIGN]
AS_WRITTEN = [
    (code, sign, phrase.replace("*", "").replace("~", ""))
    for code in HEARD
    for sign, phrases in heard_languages()[code].hears.items()
    for phrase in phrases
    if "<" not in phrase
]
GROUPED = [
    (code, sign, phrase)
    for code in HEARD
    for sign, phrases in heard_languages()[code].hears.items()
    for phrase in phrases
    if "<" in phrase
]


def read(text: str, *mentions: Mention) -> Reading:
    return OTHERS.within(Reading(text=text, mentions=mentions), with_offsets(text))


def signs(text: str) -> set[tuple[str, str]]:
    return {(heard.language, heard.sign) for heard in HEARS.find(with_offsets(text), text)}


def level(reading: Reading) -> Level:
    return assess_message(reading, PACK)[1].level


def test_the_languages_are_those_that_were_promised() -> None:
    assert set(FOREIGN) >= set("es pt fr de it pl ro ru uk tr ar zh vi hi".split())
    assert set(IN_ENGLISH) == set("nl sv tl ja ko".split())


@pytest.mark.parametrize("code", IN_ENGLISH)
def test_the_plainest_words_are_heard_in_languages_that_are_answered_in_english(code: str) -> None:
    words = heard_languages()[code].hears
    assert set(words) >= {"breathe", "swallow", "chest", "fainted", "self_harm", "overdose"}
    # Chinese characters alone may be Chinese.
    ending = {"ja": "です"}.get(code, "")
    lost = [phrase for phrases in words.values() for phrase in phrases if read(phrase.rstrip("*") + ending).language != code]
    assert lost == []


@pytest.mark.parametrize("sign", common().signs)
def test_each_sign_is_known_to_the_pack_is_an_emergency_and_has_words_in_each_language(sign: str) -> None:
    meant = common().signs[sign]
    assert meant.concept in (None, *PACK.concepts)
    assert meant.condition in (None, *PACK.conditions)
    concepts = (meant.concept,) if meant.concept else ()
    mentions = tuple(Mention(concept=c, status="present", text="", start=0, end=0, side=meant.side) for c in concepts)
    conditions = (meant.condition,) if meant.condition else ()
    assert level(Reading(text="", mentions=mentions, conditions=conditions)) is Level.EMERGENCY
    assert all(languages()[code].hears.get(sign) for code in FOREIGN)


@pytest.mark.parametrize("code", HEARD)
def test_each_phrase_is_heard_as_it_stands_and_with_words_around_it(code: str) -> None:
    lost = [
        phrase
        for language, sign, phrase in AS_WRITTEN
        if language == code and not ({(code, sign)} <= signs(phrase) & signs(f"zzz {phrase} zzz"))
    ]
    assert lost == []


@pytest.mark.parametrize("code", HEARD)
def test_each_phrase_is_an_emergency(code: str) -> None:
    own = [phrase for language, _, phrase in AS_WRITTEN if language == code]
    missed = [phrase for phrase in own if level(read(f"zzz zzz {phrase}")) < Level.EMERGENCY]
    assert missed == []


@pytest.mark.parametrize("code", FOREIGN)
def test_each_word_of_a_group_is_heard(code: str) -> None:
    lost = []
    for language, sign, phrase in GROUPED:
        if language == code:
            name = phrase.partition("<")[2].partition(">")[0]
            for word in languages()[code].groups[name]:
                text = phrase.replace(f"<{name}>", word).replace("*", "").replace("~", "")
                if "<" not in text and (code, sign) not in signs(text):
                    lost.append(text)
    assert lost == []


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("no puedo casi respirar", "breathe"),
        ("me cuesta mucho respirar", "breathe"),
        ("NO PUEDO RESPIRAR!!!", "breathe"),
        ("Não consigo respirar", "breathe"),
        ("nao consigo respirar", "breathe"),
        ("Nefes alamıyorum", "breathe"),
        ("nefes alamiyorum", "breathe"),
        ("NEFES ALAMIYORUM", "breathe"),
        ("toi kho tho", "breathe"),
        ("不能好好呼吸", "breathe"),
        ("بالكاد أتنفّس", "breathe"),
        ("मुझे साँस नहीं आ रही", "breathe"),
        ("у моей мамы перекосило лицо", "face"),
        ("cœur qui bat, mal à la poitrine", "chest"),
        ("bolí", None),
        ("tengo un dolor muy fuerte en el pecho", "chest"),
        ("no tengo dolor en el pecho", None),
        ("keine Schmerzen in der Brust", None),
        ("göğsümde ağrı yok", None),
        ("боли в груди нет", None),
        ("болит в груди и нет времени", "chest"),
        ("没有胸痛", None),
        ("no veo resultados", None),
        ("no veo nada, no sé si es el resultado", "see"),
        ("mí mắt bị sụp", None),
        ("mặt bị sụp", "face"),
        ("Ich kann nicht atmen", "breathe"),
        ("er atmet nicht", "breathe"),
        ("quiero morirme", "self_harm"),
        ("no quiero morir", None),
        ("no quiero vivir, quiero morir", "self_harm"),
        ("não quero mais viver", "self_harm"),
        ("je veux mourir", "self_harm"),
        ("je ne veux pas mourir", None),
        ("ich moechte nicht mehr leben", "self_harm"),
        ("Ich will nicht sterben", None),
        ("voglio farla finita", "self_harm"),
        ("chce umrzec", "self_harm"),
        ("nie chcę umrzeć", None),
        ("vreau sa ma omor", "self_harm"),
        ("я хочу умереть", "self_harm"),
        ("я не хочу умереть", None),
        ("не хочу більше жити", "self_harm"),
        ("olmek istiyorum", "self_harm"),
        ("ölmek istemiyorum", None),
        ("بدي موت", "self_harm"),
        ("我不想活了", "self_harm"),
        ("我不想死", None),
        ("toi muon chet", "self_harm"),
        ("tôi không muốn chết", None),
        ("main marna chahti hoon", "self_harm"),
        ("main marna nahi chahti", None),
        ("tomé muchas pastillas", "overdose"),
        ("me tome todo el frasco de pastillas", "overdose"),
        ("tomo una pastilla cada día", None),
        ("tomei muitos comprimidos", "overdose"),
        ("j'ai pris trop de cachets", "overdose"),
        ("ich habe zu viele Tabletten genommen", "overdose"),
        ("ho preso troppe pastiglie", "overdose"),
        ("wzięłam za dużo tabletek", "overdose"),
        ("am luat prea multe pastile", "overdose"),
        ("я выпила много таблеток", "overdose"),
        ("я випила багато таблеток", "overdose"),
        ("çok fazla hap içtim", "overdose"),
        ("اخذت حبوب كتير", "overdose"),
        ("我吃了太多药", "overdose"),
        ("tôi uống quá nhiều thuốc", "overdose"),
        ("maine bahut saari goliyan kha li", "overdose"),
        ("ik kan bijna niet ademen", "breathe"),
        ("geen pijn op de borst", None),
        ("ik wil niet dood", None),
        ("jag får ingen luft", "breathe"),
        ("jag vill inte dö", None),
        ("hindi po ako makahinga", "breathe"),
        ("masakit po ang dibdib ko", "chest"),
        ("息ができません", "breathe"),
        ("胸の痛みはありません", None),
        ("死にたくない", None),
        ("숨을 쉴 수가 없어요", "breathe"),
        ("죽고 싶어요", "self_harm"),
        ("죽고 싶지 않아요", None),
        ("no me respondas antes de mañana por la tarde para respirar", None),
    ],
)
def test_what_is_heard(text: str, sign: str | None) -> None:
    assert {heard for _, heard in signs(text)} == ({sign} if sign else set())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("me duele la cabeza desde ayer", "es"),
        ("estou com dor de cabeça", "pt"),
        ("j'ai mal à la tête", "fr"),
        ("ich habe Kopfschmerzen", "de"),
        ("mi fa male la testa", "it"),
        ("boli mnie głowa", "pl"),
        ("mă doare capul", "ro"),
        ("у меня болит голова", "ru"),
        ("у мене болить голова", "uk"),
        ("я хочу умереть", "ru"),
        ("хочу померти", "uk"),
        ("başım ağrıyor", "tr"),
        ("عندي صداع", "ar"),
        ("我头痛", "zh"),
        ("tôi bị đau đầu", "vi"),
        ("सिर में दर्द है", "hi"),
        ("頭が痛いです", "ja"),
        ("昨日注射後頭痛が酷い", "ja"),
        *(
            (text, None)
            for text in ("", "no", "si", "nada", "ok", "none", "Ù", "botox", "Dysport", "3 days", "😀", "???", "12/10")
        ),
        *((text, None) for text in ("ma heid's loupin", "swolen lipps", "dinnae ken", "im fine", "hola", "San Diego")),
        ("my eyelid is droopy", None),
        ("masakit po ang ulo ko", None),
    ],
)
def test_the_language(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_words_of_another_language_are_heard_whatever_is_detected() -> None:
    assert read("no puedo respirar").language == "es"
    mixed = read("I think that I really can't breathe, no puedo respirar")
    assert mixed.language is None
    assert [mention.concept for mention in mixed.mentions] == ["dyspnoea"]


@pytest.mark.parametrize("text", ["suicide", "suicidal", "overdose", "I overdosed", "suicidal thoughts"])
def test_an_english_cry_is_left_to_the_english_reader(text: str) -> None:
    reading = Reading(text=text, conditions=("overdose",))
    assert OTHERS.within(reading, with_offsets(text)) is reading


def test_a_cry_in_other_words_is_a_condition_and_no_symptom() -> None:
    reading = read("no quiero vivir, tomé muchas pastillas")
    assert (set(reading.conditions), reading.mentions) == ({"thoughts_of_self_harm", "overdose"}, ())
    both = read("no puedo respirar, quiero morir")
    assert (both.conditions, [each.concept for each in both.mentions]) == (("thoughts_of_self_harm",), ["dyspnoea"])


@pytest.mark.parametrize(
    ("text", "language"), [("ho un livido dove mi hanno fatto la puntura", "it"), ("wee haar is vreselik dik", None)]
)
def test_an_emergency_of_the_reader_is_lost_only_beyond_doubt(text: str, language: str | None) -> None:
    mention = Mention(concept="angioedema", status="present", text=text, start=0, end=len(text))
    reading = read(text, mention)
    assert reading.language == language
    assert reading.mentions == (() if language else (mention,))


def test_an_english_message_stays_as_it_was_read() -> None:
    mention = Mention(concept="headache", status="present", text="headache", start=7, end=15)
    reading = Reading(text="I have headache", mentions=(mention,), severity="mild", answer="yes")
    assert OTHERS.within(reading, with_offsets(reading.text)) is reading


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    reading = read(text)
    assert reading.text == text
    assert all(text[mention.start : mention.end] == mention.text for mention in reading.mentions)


def test_the_english_words_are_normalised_and_none_of_another_language_alone() -> None:
    assert {"the", "eyelid", "breathe"} <= english_words()
    assert all(plainly(word) == word for word in english_words())
    assert not english_words() & {"tengo", "nicht", "que", "ich"}
