"""Writes the words by which English is known: data/languages/en/words.txt.

    PATH/TO/python scripts/english_words.py

They are the words of the knowledge pack, and those that stand in several of our training sentences. Some of these
sentences hold words of other languages ("mi ojo"). So, of the latter, the commonest words of our other languages are left
out, and those that the library lingua takes for another language, unless they are frequent. This needs lingua's large
models (300 MB), which the program itself never loads.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lingua import IsoCode639_1 as Code  # noqa: E402
from lingua import LanguageDetector, LanguageDetectorBuilder  # noqa: E402

from bot.knowledge.load import load_pack  # noqa: E402
from bot.knowledge.model import Pack  # noqa: E402
from bot.understanding.hears import words_of  # noqa: E402
from bot.understanding.language_data import ENGLISH, LANGUAGES, languages, plainly  # noqa: E402

SENTENCES = ROOT / "data" / "understanding" / "sentences"
OTHERS = (Code.ES, Code.PT, Code.FR, Code.DE, Code.IT, Code.PL, Code.RO, Code.TR, Code.VI)
# In so many sentences a word must stand; in so many, no library is asked.
SEEN, FREQUENT = 3, 25
# How much likelier another language must be.
FOREIGN = 0.1
HEAD = "# Words by which English is known. Written by scripts/english_words.py; do not change by hand."


def of_pack(pack: Pack) -> set[str]:
    """The words of the knowledge: phrases, questions, answers and labels."""
    texts: list[str] = []
    for concept in pack.concepts.values():
        texts += [*concept.phrases, concept.label, concept.ask, concept.option]
    for condition in pack.conditions.values():
        texts += [*condition.phrases, condition.ask, condition.option]
    for topic in pack.topics.values():
        texts += [*topic.phrases, topic.title, topic.answer]
    texts += [phrase for named in (*pack.areas, *pack.treatments) for phrase in (*named.phrases, named.label)]
    return {word for text in texts for word in words_of(plainly(text))}


def of_sentences() -> Counter[str]:
    """In how many training sentences each word stands."""
    lines = (line for file in sorted(SENTENCES.glob("*.tsv")) for line in file.read_text(encoding="utf-8").splitlines())
    return Counter(
        word for line in lines if not line.startswith("#") for word in set(words_of(plainly(line.partition("\t")[2])))
    )


def english(words: Iterable[str], detector: LanguageDetector) -> Iterator[str]:
    """The words that the library does not take for another language."""
    for word in words:
        value = {each.language.iso_code_639_1: each.value for each in detector.compute_language_confidence_values(word)}
        if value[Code.EN] >= max(value[other] for other in OTHERS) - FOREIGN:
            yield word


def main() -> int:
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(Code.EN, *OTHERS).build()
    count, pack = of_sentences(), of_pack(load_pack())
    foreign = {plainly(word) for language in languages().values() for word in language.words if language.code != ENGLISH}
    known = {word: number for word, number in count.items() if number >= SEEN and word not in foreign | pack}
    doubtful = [word for word, number in known.items() if number < FREQUENT]
    words = pack | (known.keys() - set(doubtful)) | set(english(doubtful, detector))
    kept = sorted(word for word in words if word.isascii() and word.isalpha() and (len(word) > 1 or word in pack))
    (LANGUAGES / ENGLISH / "words.txt").write_text("\n".join([HEAD, *kept]) + "\n", encoding="utf-8")
    print(f"{len(kept)} words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
