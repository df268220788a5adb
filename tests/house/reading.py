"""How hard a text is to read: Flesch and Kincaid's grade (1975), 0.39 words a sentence + 11.8 syllables a word - 15.59.

A grade of 6 is read at eleven or twelve. Syllables are counted as groups of vowels, silent ends left out.
"""

import re
from collections.abc import Iterable

VALUE, TAG = re.compile(r"\{\w*\}"), re.compile(r"</?\d+>")


def sentences(texts: Iterable[str]) -> list[list[str]]:
    """The words of each sentence of four words or more; labels and values are none."""
    plain = (VALUE.sub("it", TAG.sub("", text)) for text in texts)
    found = (re.findall(r"[A-Za-z’'-]+", one) for text in plain for one in re.split(r"[.!?](?:\s|$)", text))
    return [words for words in found if len(words) > 3]


def syllables(word: str) -> int:
    """Groups of vowels."""
    plain = re.sub(r"(?<![aeiouyl])e$|(?<![aeiouytd])ed$|(?<![aeiouyszcgxh])es$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", plain)))


def grade(texts: list[list[str]]) -> float:
    """The grade of all of them together."""
    words = [word for text in texts for word in text]
    return 0.39 * len(words) / len(texts) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
