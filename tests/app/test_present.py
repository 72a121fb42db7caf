from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from app.present import explained
from pipelines import errors as of_pipelines
from retnet_core import errors as of_core
from storage import errors as of_storage

SECRET = "the words of a private letter"


@pytest.mark.parametrize(
    "error",
    [
        of_pipelines.UnreadableFile("x.pdf is damaged."),
        of_pipelines.EmptyQuestion("The question is empty."),
        of_storage.NotFound("There is no document 'x'."),
        of_core.InvalidCheckpoint("This folder is not a reader."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_our_own_errors_keep_their_sentence_and_their_name(
    error: Exception, tmp_path: Path
) -> None:
    told = explained(error, tmp_path / "logs")
    assert (told.sentence, told.kind) == (str(error), type(error).__name__)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    "number", [errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ENOSPC, errno.EIO], ids=os.strerror
)
def test_an_error_of_the_disk_names_the_path_and_not_the_number(
    number: int, tmp_path: Path
) -> None:
    told = explained(OSError(number, os.strerror(number), "/some/file.pdf"), tmp_path)
    assert "Errno" not in told.sentence
    assert "/some/file.pdf" in told.sentence or number == errno.ENOSPC
    assert told.sentence.endswith((".", "safe."))


def test_ctrl_c_says_that_nothing_is_lost(tmp_path: Path) -> None:
    told = explained(KeyboardInterrupt(), tmp_path)
    assert told.kind == "Interrupted"
    assert "safe" in told.sentence


def test_an_unforeseen_error_goes_to_a_log_without_the_text_of_documents(tmp_path: Path) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise RuntimeError(f"failed on {SECRET}") from cause
    except RuntimeError as error:
        told = explained(error, tmp_path / "logs")
    (log,) = (tmp_path / "logs").iterdir()
    written = log.read_text(encoding="utf-8")
    assert str(log) in told.sentence
    assert "KeyError" in written
    assert "RuntimeError" in written
    assert "test_present.py" in written
    assert SECRET not in written + told.sentence


def test_a_log_that_cannot_be_written_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    assert explained(RuntimeError(), tmp_path / "logs").kind == "Unexpected"
