"""Long texts with one word in them to be found again, measured in tokens without a tokenizer.

They are made of short common words, each of which is one token to nearly every tokenizer; how many it is to the one at
hand follows from what the server counts for two short texts.
"""

from dataclasses import dataclass
from hashlib import sha256

# The largest first, in tokens, the question and its answer included.
RUNGS = (32_000, 16_000, 8_000, 4_000, 2_000)
QUESTION = "One code word stands in the text above. Answer with that code word and nothing else."
# Near the beginning: a server that silently drops what does not fit drops it from there.
DEPTH = 0.1
# What a count may say of a word in tokens and be believed.
_LEAST, _MOST = 0.9, 10.0

_SENTENCE_WORDS = 10
_KINDS = ("old", "red", "big", "new", "cold", "dark", "long", "good", "small")
_THINGS = ("man", "dog", "car", "house", "river", "book", "road", "tree", "boat", "king", "door", "town", "child")
_DEEDS = ("saw", "found", "took", "left", "made", "kept", "held")
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


def code_word(size: int) -> str:
    """The word to be found in a text of this size: always the same one, and in nobody's memory."""
    digest = sha256(f"code word of {size}".encode()).digest()
    consonants = (_CONSONANTS[each % len(_CONSONANTS)] for each in digest[:4])
    vowels = (_VOWELS[each % len(_VOWELS)] for each in digest[4:8])
    syllables = (consonant + vowel for consonant, vowel in zip(consonants, vowels, strict=True))
    return f"{''.join(syllables)}-{10 + digest[8] % 90}"


def long_text(words: int, size: int) -> str:
    """At most so many words and stops (and at least one sentence), the code word of `size`, and the question."""
    sentences = [_sentence(number) for number in range(max(1, words // _SENTENCE_WORDS))]
    sentences.insert(int(len(sentences) * DEPTH), f"The code word is {code_word(size)}.")
    return f"{' '.join(sentences)}\n\n{QUESTION}"


def _sentence(number: int) -> str:
    """Nine words and a stop; the lists' lengths have no common divisor, so it takes long until one comes again."""
    kind, thing, deed = (each[number % len(each)] for each in (_KINDS, _THINGS, _DEEDS))
    other, place = _THINGS[(number + 5) % len(_THINGS)], _THINGS[(number + 9) % len(_THINGS)]
    return f"The {kind} {thing} {deed} the {other} near the {place}."


@dataclass(frozen=True, slots=True)
class Yardstick:
    """`rate` tokens for a word, and `extra` tokens for what stands around the words: template, question, code word.

    As it stands it is for a server that does not count: rather too much than too little.
    """

    rate: float = 1.1
    extra: float = 80.0

    def words(self, tokens: int) -> int:
        """How many words fit into so many tokens."""
        return max(0, int((tokens - self.extra) / self.rate))


def yardstick(shorter: tuple[int, int | None], longer: tuple[int, int | None]) -> Yardstick:
    """From two texts' words and the tokens that the server counted for each."""
    (few, few_tokens), (many, many_tokens) = shorter, longer
    if few_tokens is None or many_tokens is None:
        return Yardstick()
    rate = (many_tokens - few_tokens) / (many - few)
    if not _LEAST <= rate <= _MOST:
        return Yardstick()
    return Yardstick(rate, max(0.0, few_tokens - rate * few))
