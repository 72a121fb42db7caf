from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import Table, select, update

from app.context import around
from app.progress import Progress
from app.reading import READ_AGAIN
from app.service import Service, open_service
from pipelines.document import Upload
from pipelines.errors import EmptyQuestion, UnreadableFile, UnsupportedFile
from retnet_core.errors import StateMismatch
from storage.errors import NotFound, StateDamaged
from storage.records import DocumentRecord
from storage.schema import checkpoint, original, snapshot
from tests.app.making import SENTENCES, long_text
from tests.pipelines.pdfs import Page, pdf_of

pytestmark = pytest.mark.each_backend

TEXT = Upload("chronicle.txt", long_text(90).encode())


def added(service: Service, upload: Upload = TEXT) -> tuple[DocumentRecord, Progress]:
    *_, last = service.add(upload)
    assert last.document is not None
    return last.document, last


def test_a_document_is_read_to_its_end_and_says_how_far_it_is(service: Service) -> None:
    steps = list(service.add(TEXT))
    stages = [stage for stage, _ in groupby(step.stage for step in steps)]
    assert stages == ["extracting", "reading", "done"]
    parts = [step.document.read for step in steps[1:] if step.document is not None]
    assert parts == sorted(parts)
    assert len(parts) > 3
    assert steps[-1].stage == "done"
    assert steps[-1].document == service.show("chronicle")
    assert steps[-1].document.finished
    assert service.library.text(steps[-1].document.id) == TEXT.content.decode()


def test_adding_the_same_bytes_again_reads_nothing(service: Service) -> None:
    first, _ = added(service)
    again, last = added(service, Upload("another name.txt", TEXT.content))
    assert (again.id, last.already_known, last.tokens) == (first.id, True, 0)
    assert len(service.list()) == 1


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_a_reading_that_was_left_goes_on_to_the_identical_state(
    service: Service, tmp_path: Path, steps: int
) -> None:
    whole, _ = added(service)
    with open_service(
        service.settings.model_copy(update={"home": tmp_path / "left", "database_url": ""})
    ) as other:
        left = other.add(TEXT)
        for _ in range(steps + 1):
            next(left)
        left.close()
        part = other.list()[0]
        assert 0 < part.tokens_read < part.tokens
        resumed, last = added(other)
    assert resumed.state_checksum == whole.state_checksum
    assert last.tokens == whole.tokens - part.tokens_read
    assert resumed.snapshots == whole.snapshots


@pytest.mark.parametrize(
    ("upload", "error"),
    [
        pytest.param(Upload("empty.txt", b""), UnreadableFile, id="empty"),
        pytest.param(Upload("broken.pdf", b"%PDF-1.7\nbroken"), UnreadableFile, id="broken"),
        pytest.param(Upload("x.txt", bytes(range(256)) * 9), UnsupportedFile, id="binary"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing(
    service: Service, upload: Upload, error: type[Exception]
) -> None:
    added(service)
    with pytest.raises(error, match=upload.name):
        list(service.add(upload))
    assert len(service.list()) == 1


def test_an_answer_quotes_the_text_at_its_offsets(service: Service) -> None:
    document, _ = added(service)
    answer = service.ask(document, "Who opened the first school?")
    text = service.library.text(document.id)
    assert answer.citations
    for citation in answer.citations:
        assert text[citation.start : citation.end] == citation.text
        assert text[citation.sentence_start : citation.sentence_end] == citation.sentence
        context = around(text, citation)
        assert context.lead + context.span + context.rest == citation.sentence
        assert context.span == citation.text


def test_an_empty_question_is_refused(service: Service) -> None:
    document, _ = added(service)
    with pytest.raises(EmptyQuestion):
        service.ask(document, " \n ")


def test_every_citation_names_the_page_and_section_that_its_span_stands_on(
    service: Service,
) -> None:
    pages = [Page(lines=(sentence,), bookmarks=((1, sentence[:9]),)) for sentence in SENTENCES]
    pdf, _ = added(service, Upload("valley.pdf", pdf_of(pages)))
    answer = service.ask(pdf, "school mill bridge council river")
    starts = service.library.page_starts(pdf.id)
    assert answer.citations
    for citation in answer.citations:
        assert starts[citation.page - 1] <= citation.start
        assert citation.page == len(starts) or citation.start < starts[citation.page]
        assert citation.section == SENTENCES[citation.page - 1][:9].strip()
    assert {citation.page for citation in answer.citations} != {1}


def test_the_picture_of_a_page_is_a_png_and_nothing_where_the_file_is_gone(
    service: Service,
) -> None:
    pages = [Page(lines=SENTENCES[:2]), Page(lines=SENTENCES[2:])]
    pdf, _ = added(service, Upload("valley.pdf", pdf_of(pages)))
    (first, *_) = service.ask(pdf, "Who crossed by boat when the bridge fell?").citations
    picture = service.page(pdf.id, first.page, first.sentence, 400)
    assert picture.startswith(b"\x89PNG")
    with service.library._database.writing() as connection:
        connection.execute(update(original).values(content=b""))
    assert service.page(pdf.id, first.page, first.sentence, 400) == b""


def damage(service: Service, table: Table) -> None:
    """Flip one bit in the middle of every state of a table."""
    with service.library._database.writing() as connection:
        for row in connection.execute(select(table.c.id, table.c.payload)).all():
            flipped = bytearray(row.payload)
            flipped[len(flipped) // 2] ^= 1
            changed = update(table).where(table.c.id == row.id).values(payload=bytes(flipped))
            connection.execute(changed)


def test_a_flipped_bit_in_a_snapshot_is_found_and_mended_by_adding_again(service: Service) -> None:
    document, _ = added(service)
    assert document.snapshots > 0
    damage(service, snapshot)
    with pytest.raises(StateDamaged, match="readonce add"):
        service.ask(document, "What is entry 85?")
    assert service.library.text(document.id) == TEXT.content.decode()
    steps = list(service.add(TEXT))
    assert READ_AGAIN in {step.note for step in steps}
    assert service.show(document.id).state_checksum == document.state_checksum
    assert service.ask(document, "What is entry 85?").citations


def test_a_damaged_checkpoint_of_an_unfinished_reading_is_read_again(service: Service) -> None:
    left = service.add(TEXT)
    for _ in range(3):
        next(left)
    left.close()
    damage(service, checkpoint)
    steps = list(service.add(TEXT))
    assert READ_AGAIN in {step.note for step in steps}
    assert steps[-1].document is not None
    assert steps[-1].document.finished


def test_other_weights_refuse_to_answer_and_can_read_again(
    service: Service, other_reader_folder: Path
) -> None:
    document, _ = added(service)
    settings = service.settings.model_copy(update={"model": other_reader_folder})
    with open_service(settings) as other:
        with pytest.raises(StateMismatch, match="another model"):
            other.ask(document, "Who opened the school?")
        *_, last = other.read_again(document)
        assert last.document is not None
        assert last.document.finished
        assert last.document.state_checksum != document.state_checksum
        assert other.ask(last.document, "Who opened the school?").citations


@pytest.fixture
def retokenized(service: Service, retokenized_folder: Path) -> Iterator[Service]:
    """The same library, read by a reader with another tokenizer."""
    settings = service.settings.model_copy(update={"model": retokenized_folder})
    with open_service(settings) as other:
        yield other


def test_a_reader_with_another_tokenizer_finishes_and_cites_in_place(
    service: Service, retokenized: Service
) -> None:
    document, _ = added(service)
    with pytest.raises(StateMismatch, match="another model"):
        retokenized.ask(document, "Who opened the first school?")
    again, last = added(retokenized)
    assert (again.id, last.already_known) == (document.id, True)
    assert again.finished
    assert again.tokens_read == again.tokens == last.tokens != document.tokens
    assert again.snapshots > 0
    assert_counted_by(retokenized, again)
    assert_cited_in_place(retokenized, again)
    with pytest.raises(StateMismatch, match="another model"):
        service.ask(again, "Who opened the first school?")
    back, _ = added(service)
    assert (back.tokens, back.state_checksum) == (document.tokens, document.state_checksum)
    assert_counted_by(service, back)
    assert_cited_in_place(service, back)


def test_readers_with_two_tokenizers_at_once_both_come_to_their_end(
    service: Service, retokenized: Service
) -> None:
    slow = service.add(TEXT)
    for _ in range(3):
        next(slow)
    quick, _ = added(retokenized)
    assert quick.finished
    *_, last = slow
    assert last.document is not None
    assert last.document.finished
    assert last.document.tokens == last.document.tokens_read != quick.tokens
    assert_counted_by(service, last.document)


def assert_counted_by(service: Service, document: DocumentRecord) -> None:
    """Every passage begins where this reader's tokens of the text before it end."""
    place = 0
    for passage in service.library.passages(document.id):
        assert (passage.token_start, passage.tokens) == (
            place,
            service.reader.tokenizer.count(passage.text),
        )
        place += passage.tokens
    assert place == document.tokens


def assert_cited_in_place(service: Service, document: DocumentRecord) -> None:
    text = service.library.text(document.id)
    citations = service.ask(document, "Who opened the first school in entry 85?").citations
    assert citations
    for citation in citations:
        assert text[citation.start : citation.end] == citation.text
        assert text[citation.sentence_start : citation.sentence_end] == citation.sentence


def test_a_second_process_in_the_same_document_comes_to_the_same_end(service: Service) -> None:
    slow = service.add(TEXT)
    for _ in range(3):
        next(slow)
    with open_service(service.settings) as other:
        quick, _ = added(other)
    *_, last = slow
    assert last.document is not None
    assert last.document.state_checksum == quick.state_checksum


def test_delete_removes_the_document_and_says_which_it_was(service: Service) -> None:
    document, _ = added(service)
    assert service.delete("chronicle") == document
    assert service.list() == ()
    with pytest.raises(NotFound):
        service.show(document.id)


def test_owners_do_not_see_each_other(service: Service) -> None:
    document, _ = added(service)
    other = Service(service.settings.model_copy(update={"owner": "other"}), service.library)
    assert other.list() == ()
    with pytest.raises(NotFound):
        other.show(document.id)
    theirs, last = added(other)
    assert theirs.id != document.id
    assert not last.already_known


def test_the_sample_is_handed_in_once_and_stays_deleted(service: Service) -> None:
    service.ensure_sample()
    service.ensure_sample()
    uploads = service.library.queue.jobs("local")
    assert len(uploads) == 1
    claimed = service.library.queue.claim("worker")
    assert claimed is not None
    sample, _ = added(service, Upload(claimed[0].file_name, claimed[1]))
    service.library.queue.finish(claimed[0].id, sample.id)
    assert sample.pages >= 15
    service.delete(sample.id)
    service.ensure_sample()
    assert service.library.queue.jobs("local") == ()
