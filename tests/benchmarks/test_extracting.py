"""The files that extraction is measured with hold the same text, and the table names each."""

from __future__ import annotations

import pytest

from benchmarks import extracting
from pipelines.extract import extract


def test_every_kind_of_file_holds_the_text_of_the_sample() -> None:
    uploads = extracting.made(copies=1)
    kinds = {upload.name.rpartition(".")[2] for upload in uploads}
    assert kinds == {"pdf", "docx", "odt", "epub", "html", "rtf", "md", "txt"}
    for upload in uploads:
        words = extract(upload).text.split()
        assert words[:3] == ["Halvern", "Sound", "Ferry"], upload.name
        assert len(words) > 8_000, upload.name


def test_the_table_has_a_row_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    extracting.main(["--copies", "1", "--rounds", "1"])
    said = capsys.readouterr().out
    assert [name in said for name in ("report.pdf", "report.epub", "report.rtf")] == [True] * 3
