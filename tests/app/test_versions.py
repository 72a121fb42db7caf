"""A changed file of a known name: read from where it changed, and put in the place of the old."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from app.adding import Beside
from app.progress import Progress
from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from pipelines.read import GROUP_TOKENS
from storage.errors import NotFound
from storage.records import DocumentRecord
from storage.schema import anchor
from storage.spacing import NEAREST
from tests.app.making import lines_of, long_text, run
from tests.pipelines.pdfs import Page, pdf_of
from tests.storage.soundness import complaints, traces

pytestmark = pytest.mark.each_backend

NAME = "chronicle.txt"
OLD = long_text(140)


def added(service: Service, text: str, name: str = NAME, beside: Beside | None = None) -> Progress:
    *_, last = service.add(Upload(name, text.encode()), beside or Beside())
    return last


def document_of(step: Progress) -> DocumentRecord:
    assert step.document is not None
    return step.document


def cold(
    service: Service, folder: Path, text: str, name: str = NAME
) -> dict[str, list[tuple[object, ...]]]:
    """What a library of its own, in a file, holds of a text that was read from its beginning."""
    settings = service.settings.model_copy(update={"home": folder, "database_url": ""})
    with open_service(settings) as other:
        added(other, text, name)
        return kept(other)


def kept(service: Service) -> dict[str, list[tuple[object, ...]]]:
    """All that is kept of the only document, but for ids and times."""
    queries = {
        "document": "SELECT title, content_hash, tokens, tokens_read, state_checksum FROM document",
        "passage": 'SELECT "index", start, page, token_start, tokens, text FROM passage ORDER BY 1',
        "checkpoint": "SELECT passage_index, tokens_read, payload FROM checkpoint",
        "snapshot": "SELECT passage_index, tokens_read, payload FROM snapshot ORDER BY tokens_read",
        "original": "SELECT content_hash, content FROM original",
    }
    with service.library._database.reading() as library:
        return {
            name: list(map(tuple, library.exec_driver_sql(query)))
            for name, query in queries.items()
        }


@pytest.mark.parametrize("more", [1, 20, 200], ids=lambda count: f"{count}_paragraphs")
def test_a_text_that_grew_is_read_from_where_it_changed_to_the_identical_state(
    service: Service, tmp_path: Path, more: int
) -> None:
    old = document_of(added(service, OLD))
    text = long_text(140 + more)
    last = added(service, text)
    new = document_of(last)
    assert kept(service) == cold(service, tmp_path / "cold", text)
    assert (last.replaces, last.already_known, new.id, new.version) == (True, False, old.id, 2)
    assert last.tokens == new.tokens - new.reused_tokens
    assert last.tokens <= new.tokens - old.tokens + GROUP_TOKENS + 2 * NEAREST
    assert complaints(service.settings.library_url) == []


def test_a_change_in_the_middle_keeps_what_stands_before_it(
    service: Service, tmp_path: Path
) -> None:
    text = long_text(400)
    added(service, text)
    changed = text.replace("Entry 380 of", "Entry three hundred and eighty of")
    new = document_of(added(service, changed))
    assert 0 < new.reused_tokens < new.tokens * 0.95
    assert kept(service) == cold(service, tmp_path / "cold", changed)


def test_a_file_saved_anew_with_the_same_text_costs_no_reading(service: Service) -> None:
    pages = [Page(lines=tuple(OLD.split("\n\n")[at : at + 5])) for at in range(0, 60, 5)]
    *_, first = service.add(Upload("report.pdf", pdf_of(pages, title="Report")))
    *_, second = service.add(Upload("report.pdf", pdf_of(pages, title="Report") + b"\n% again"))
    old, new = document_of(first), document_of(second)
    assert (second.replaces, second.tokens, new.version) == (True, 0, 2)
    assert (new.state_checksum, new.reused_tokens) == (old.state_checksum, new.tokens)


def test_where_all_old_passages_are_unchanged_the_last_part_is_read_as_a_cold_reading_does(
    service: Service, tmp_path: Path
) -> None:
    text = OLD + "\n\n"
    old = document_of(added(service, text, "chronicle.md"))
    grown = text + "# A new part\n\n" + long_text(30)
    new = document_of(added(service, grown, "chronicle.md"))
    begins = service.library.passages(new.id, old.passages, old.passages + 1)[0].text
    assert begins.startswith("# A new part")
    assert 0 < new.reused_tokens < old.tokens
    assert kept(service) == cold(service, tmp_path / "cold", grown, "chronicle.md")


def test_a_text_that_grows_again_and_again_keeps_few_states(
    service: Service, tmp_path: Path
) -> None:
    for paragraphs in range(140, 260, 15):
        last = added(service, long_text(paragraphs))
        assert last.tokens < document_of(last).tokens / 2 or paragraphs == 140
    assert document_of(last).version == 8
    assert kept(service) == cold(service, tmp_path / "cold", long_text(paragraphs))
    with service.library._database.reading() as library:
        assert library.exec_driver_sql("SELECT count(*) FROM anchor").scalar_one() <= 3


def test_ten_pages_after_two_hundred_cost_about_ten_pages(service: Service) -> None:
    paragraphs = long_text(1100).split("\n\n")
    pages = [Page(lines=tuple(paragraphs[at : at + 5])) for at in range(0, 1050, 5)]
    *_, first = service.add(Upload("annual.pdf", pdf_of(pages[:200])))
    *_, second = service.add(Upload("annual.pdf", pdf_of(pages)))
    new = document_of(second)
    a_page = new.tokens / 210
    assert (document_of(first).pages, new.pages) == (200, 210)
    assert 10 * a_page <= second.tokens <= 10 * a_page + GROUP_TOKENS + 2 * NEAREST


def test_a_text_with_another_beginning_is_read_anew_in_the_same_place(
    service: Service, tmp_path: Path
) -> None:
    old = document_of(added(service, OLD))
    text = "A beginning of its own. " + OLD
    last = added(service, text)
    new = document_of(last)
    assert (last.replaces, new.id, new.reused_tokens) == (True, old.id, 0)
    assert last.tokens == new.tokens
    assert kept(service) == cold(service, tmp_path / "cold", text)


def test_no_trace_of_the_version_before_is_left(service: Service, library_file: Path) -> None:
    added(service, OLD + "\n\nThe bqvxzkjwfhcb was seen.")
    added(service, OLD + "\n\nNothing was seen.")
    assert traces(library_file, "qvxzkjwfhcb") == []


def test_until_the_new_version_is_read_the_old_one_answers(service: Service) -> None:
    old = document_of(added(service, OLD))
    steps = service.add(Upload(NAME, long_text(300).encode()))
    for _ in range(3):
        next(steps)
    steps.close()
    assert service.list() == (old,)
    assert service.show("chronicle") == old
    assert service.library.text(old.id) == OLD
    assert service.ask(old, "Who opened the first school?").citations
    (unread,) = service.unread_versions().values()
    assert service.show(unread.id) == unread
    last = added(service, long_text(300))
    assert (last.already_known, last.replaces, last.tokens) == (
        True,
        True,
        unread.tokens - unread.tokens_read,
    )
    assert service.library.text(old.id) == long_text(300)
    assert service.unread_versions() == {}
    with pytest.raises(NotFound):
        service.show(unread.id)


def test_the_newest_of_several_unread_versions_wins(service: Service) -> None:
    old = document_of(added(service, OLD))
    for paragraphs in (300, 310):
        steps = service.add(Upload(NAME, long_text(paragraphs).encode()))
        for _ in range(2):
            next(steps)
        steps.close()
    added(service, long_text(310))
    assert service.library.text(old.id) == long_text(310)
    assert service.unread_versions() == {}
    assert len(service.list()) == 1


def test_deleting_a_document_deletes_its_unread_version(service: Service) -> None:
    old = document_of(added(service, OLD))
    steps = service.add(Upload(NAME, (OLD + " The bqvxzkjwfhcb.").encode()))
    for _ in range(2):
        next(steps)
    steps.close()
    service.delete(old.id)
    assert (service.list(), service.unread_versions()) == ((), {})
    if "database_url" not in service.settings.model_fields_set:
        assert traces(service.settings.home / "library.db", "qvxzkjwfhcb") == []


def test_damaged_states_of_the_version_before_are_not_taken_over(
    service: Service, tmp_path: Path
) -> None:
    added(service, OLD)
    with service.library._database.writing() as library:
        library.execute(update(anchor).values(payload=b"damaged"))
    new = document_of(added(service, long_text(150)))
    assert new.reused_tokens == 0
    assert kept(service) == cold(service, tmp_path / "cold", long_text(150))


def test_another_reader_reads_the_new_version_from_its_beginning(
    service: Service, other_reader_folder: Path
) -> None:
    old = document_of(added(service, OLD))
    settings = service.settings.model_copy(update={"model": other_reader_folder})
    with open_service(settings) as other:
        new = document_of(added(other, long_text(150)))
    assert (new.id, new.reused_tokens) == (old.id, 0)


def test_files_of_one_name_in_several_folders_stay_apart(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        (folder / name / "report.txt").write_text(f"The report of {name}.")
    for _ in range(2):
        told = lines_of(run(settings, "add", str(folder), "--json").stdout)
        assert [each["replaces"] for each in told] == [None, None]
    (folder / "a" / "report.txt").write_text("The second report of a.")
    told = lines_of(run(settings, "add", str(folder), "--json").stdout)
    texts = {service.library.text(document.id) for document in service.list()}
    assert texts == {"The second report of a.", "The report of b."}
    assert [each["already_known"] for each in told] == [False, True]
    assert told[0]["replaces"] == told[0]["id"]


def test_the_command_line_says_what_it_replaced_and_keeps_both_when_told(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / NAME
    file.write_text(OLD)
    (first,) = lines_of(run(settings, "add", str(file), "--json").stdout)
    file.write_text(long_text(150))
    told = run(settings, "add", str(file)).stdout
    assert "Version 2: it replaces the one before." in told
    assert "only" in told
    (again,) = lines_of(run(settings, "add", str(file), "--json").stdout)
    assert (again["id"], again["already_known"], again["replaces"]) == (first["id"], True, None)
    assert 0 < again["reused_tokens"] < again["tokens"]
    file.write_text(OLD + " Another end.")
    (both,) = lines_of(run(settings, "add", "--keep-both", str(file), "--json").stdout)
    assert both["id"] != first["id"]
    assert (both["replaces"], both["version"], both["reused_tokens"]) == (None, 1, 0)
    listed = lines_of(run(settings, "list", "--json").stdout)[0]
    assert {each["id"] for each in listed} == {first["id"], both["id"]}


def test_of_several_documents_of_a_name_the_one_that_begins_alike_is_replaced(
    service: Service,
) -> None:
    one = document_of(added(service, OLD))
    two = document_of(added(service, "Another chronicle. " * 300, beside=Beside(everything=True)))
    assert document_of(added(service, long_text(141))).id == one.id
    assert document_of(added(service, "Another chronicle. " * 310)).id == two.id
    three = added(service, "A third chronicle.")
    assert (three.replaces, len(service.list())) == (False, 3)


def test_another_owner_of_the_same_name_keeps_theirs(service: Service) -> None:
    old = document_of(added(service, OLD))
    theirs = service.settings.model_copy(update={"owner": "bob"})
    with open_service(theirs) as other:
        assert not added(other, long_text(150)).replaces
    assert service.library.text(old.id) == OLD
