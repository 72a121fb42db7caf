"""Files made to do harm: each is read or refused with a sentence, in time and within its memory.

The child's peak is what the parent sees of it every 20 ms, the parent's its own growth.
docs/hostile_files.md is the table of these, measured by benchmarks/hostile.py.
"""

from __future__ import annotations

import re
import time

import psutil
import pytest

from pipelines.apart.bounds import MEGABYTE, Bounds
from pipelines.apart.extracting import extract_apart
from pipelines.document import Upload
from pipelines.errors import PipelineError
from pipelines.extract import Limits
from tests.pipelines.attacks import ATTACKS
from tests.pipelines.attacks.attack import Attack
from tests.pipelines.attacks.watching import Watch, openers

BOUNDS = Bounds(memory=384 * MEGABYTE, cpu_seconds=5, seconds=25)
# A look comes every 50 ms, and the system grants what was asked for between two of them.
_SLACK = 64 * MEGABYTE
_PARENT = 200 * MEGABYTE


def outcome(upload: Upload) -> str:
    """The sentence of a refusal, or the beginning of the text."""
    try:
        return f"READ {extract_apart(upload, Limits(), BOUNDS).text[:100]}"
    except PipelineError as error:
        return str(error)


def says_what_to_do(said: str, file: str) -> bool:
    """Whether a refusal names the file and is followed by a way out, on one line."""
    named = file in said.split(". ")[0] and "\n" not in said
    return named and ". " in said and said.endswith(".") and len(said) < 400


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(attack, id=attack.name, marks=pytest.mark.slow if attack.slow else ())
        for attack in ATTACKS
    ],
)
def test_a_hostile_file_is_read_or_refused_within_its_limits(attack: Attack) -> None:
    upload = Upload(attack.file, attack.make())
    before = psutil.Process().memory_info().rss
    began = time.monotonic()
    with Watch() as watch:
        said = outcome(upload)
    assert re.search(attack.expected, said), said
    assert said.startswith("READ ") or says_what_to_do(said, attack.file)
    assert time.monotonic() - began < 60
    assert watch.children < BOUNDS.memory + _SLACK
    assert watch.own - before < _PARENT
    assert openers() == []
