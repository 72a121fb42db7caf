"""What tests of deleting look for, and libraries that are too large to be written anew."""

from __future__ import annotations

import random
from dataclasses import replace

from storage.database.sqlite import SqliteDatabase
from storage.library import Library

# No letters on which the stemmer acts, so that an index would hold the word as it is.
LETTERS = "bcfhjkqvwxz"


def rare_word(seed: random.Random) -> str:
    return "".join(seed.choice(LETTERS) for _ in range(16))


def as_large(library: Library) -> Library:
    """The same library, treated like one that is too large to be written anew."""
    file = library._database
    assert isinstance(file, SqliteDatabase)
    return Library(replace(file, small=0), library._clock)
