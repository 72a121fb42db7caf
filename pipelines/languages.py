"""Which language a question or a passage is in: the reader that is shipped knows English only.

English is told by its function words, which costs nothing. Anything else is told by py3langid
(Lui and Baldwin 2012) among some thirty languages; its model is loaded when the first such text
comes. A few words of Latin letters are not enough to tell.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Protocol

from retnet_core.words import STOP_WORDS, plain

ENGLISH = "en"
UNKNOWN = ""
_LATIN_MOST = 0.5  # of the letters; with fewer the text is in another script
_FUNCTION_WORDS = 0.2  # of the words of English prose; German has a tenth of that in common
_FEWEST_WORDS = 4
_UNSURE = 0.05  # between this chance of English and its opposite nothing is said
_LOOKED_AT = 2_000  # characters

_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German",
    "el": "Greek", "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip

_word = re.compile(r"[^\W\d_]+")
# Words that ask in English and in no other language that shares its letters.
_asking = """
    what which who whom whose when where why how the did does is are was were much many
"""
_ASKING = frozenset(_asking.split())


class _Identifier(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


@lru_cache(maxsize=1_024)
def language_of(text: str) -> str:
    """The code of the language that a text is in, UNKNOWN where too little of it is text."""
    text = text[:_LOOKED_AT]
    words = [plain(word) for word in _word.findall(text)]
    if not words:
        return UNKNOWN
    if _is_latin(text):
        known = sum(word in STOP_WORDS for word in words)
        if known >= _FUNCTION_WORDS * len(words):
            return ENGLISH
        if len(words) < _FEWEST_WORDS:
            return UNKNOWN
    ranked = _identifier().rank(text)
    english = dict(ranked).get(ENGLISH, 0.0)
    code = ranked[0][0]
    return UNKNOWN if _is_latin(text) and _UNSURE < english < 1 - _UNSURE else code


@lru_cache(maxsize=1_024)
def language_of_question(question: str) -> str:
    """The language that is asked in; a few names and figures without more are taken for English."""
    asking = any(plain(word) in _ASKING for word in _word.findall(question))
    return ENGLISH if asking and _is_latin(question) else language_of(question) or ENGLISH


def name_of(code: str) -> str:
    """What a language is called in English, else its code."""
    return _NAMES.get(code, code)


def others(codes: Iterable[str]) -> tuple[str, ...]:
    """The languages among these that are known and not English, each once, in their order."""
    return tuple(dict.fromkeys(code for code in codes if code not in (ENGLISH, UNKNOWN)))


def _is_latin(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(letter.isascii() or "LATIN" in unicodedata.name(letter, "") for letter in letters)
    return latin >= _LATIN_MOST * len(letters)


@cache
def _identifier() -> _Identifier:
    # Imported when needed: its model takes half a second to load.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages([ENGLISH, *_NAMES])
    told: _Identifier = found
    return told
