"""Spoilt files of every format: read or refused, and nothing else."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.fuzzing import fuzzed
from benchmarks.sources import sources
from benchmarks.spoiling import PACKED, PLAIN, spoilt
from pipelines.document import Upload
from pipelines.extract import extract

WHOLE = sources()


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_the_files_to_be_spoilt_are_read_whole(kind: str) -> None:
    for content in WHOLE[kind]:
        assert extract(Upload(f"a.{kind}", content)).text


@pytest.mark.parametrize(
    "files", [60, pytest.param(2_000, marks=pytest.mark.slow)], ids="{:,} files".format
)
@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_spoilt_files_are_read_or_refused(kind: str, files: int) -> None:
    found = fuzzed(kind, WHOLE[kind], files, seed=files)
    assert found.wrong == []
    assert sum(found.counts.values()) == files
    assert found.counts["read"] > 0.05 * files  # a spoiler that ruins all tests only the first look
    assert found.counts["refused"] > 0


def test_every_way_of_spoiling_changes_most_files_and_is_the_same_for_a_seed() -> None:
    docx = WHOLE["docx"][-1]
    for way in (*PLAIN, *PACKED):
        made = [way(docx, WHOLE["docx"][0], Random(seed)) for seed in range(20)]
        assert made == [way(docx, WHOLE["docx"][0], Random(seed)) for seed in range(20)]
        assert sum(content != docx for content in made) > 5, way.__name__


def test_the_shortest_files_can_be_spoilt_too() -> None:
    for content in (b"", b"a"):
        assert all(spoilt(content, content, Random(seed)) for seed in range(100))
