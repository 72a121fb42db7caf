"""What is deleted is gone from every file of the home, the sample and its upload included."""

from __future__ import annotations

from app.adding import extracted_now
from app.service import Service
from pipelines.document import Upload


def test_nothing_of_a_deleted_sample_is_left_in_the_home(service: Service) -> None:
    list(service.add(Upload("other.txt", b"Another document stays beside it.")))
    service.ensure_sample()
    claimed = service.library.queue.claim("worker")
    assert claimed is not None
    upload, content = claimed
    settings, tokenizer = service.settings, service.reader.tokenizer
    file = Upload(upload.file_name, content)
    bounds = settings.limits, settings.bounds
    sample, _ = service.library.add(*extracted_now(settings.owner, file, tokenizer, *bounds))
    service.library.queue.finish(upload.id, sample.id)
    text = service.library.text(sample.id)
    marks = [text[at : at + 40].encode() for at in range(0, len(text) - 40, 400)]
    marks += [content[at : at + 40] for at in range(0, len(content) - 40, 4000)]
    held = [mark for mark in marks if in_home(service, mark)]
    assert len(held) > 0.8 * len(marks), "only what lies across two pages of the file is not found"
    service.delete(sample.id)
    assert [mark for mark in marks if in_home(service, mark)] == []
    assert not in_home(service, upload.file_name.encode())


def in_home(service: Service, mark: bytes) -> bool:
    home = service.settings.home
    return any(mark in path.read_bytes() for path in home.rglob("*") if path.is_file())
