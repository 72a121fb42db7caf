"""Archives: what they claim is checked before anything is unpacked, and XML is harmless."""

import struct
import tracemalloc

import pytest

from pipelines.document import Upload
from pipelines.errors import PipelineError, UnreadableFile
from pipelines.extract.archive import opened, safe_xml
from pipelines.extract.limits import Limits
from tests.pipelines.files import archive

MEGABYTE = 1024 * 1024


def read(content: bytes, part: str = "a.xml", limits: Limits | None = None) -> bytes:
    with opened(Upload("a.docx", content), limits or Limits()) as found:
        return found.read(part)


def test_a_part_is_read_as_it_was_written() -> None:
    assert read(archive({"b.xml": "no", "a.xml": "<a/>"})) == b"<a/>"


@pytest.mark.parametrize(
    ("content", "limits", "said"),
    [
        (archive({"a.xml": bytes(50 * MEGABYTE)}), Limits(), r"times its size.* up to 100 times"),
        (archive({"a.xml": bytes(5000)}), Limits(unpacked_bytes=4096), r"unpacks to"),
        (archive({f"{n}.xml": "" for n in range(12)}), Limits(entries=10), r"has 12 parts"),
        (archive({"a.xml": bytes(5000)}), Limits(part_bytes=4096), r"has a part of"),
        (archive({"../a.xml": "x"}), Limits(), "named as no program"),
        (archive({"/etc/a.xml": "x"}), Limits(), "named as no program"),
        (archive({"C:a.xml": "x"}), Limits(), "named as no program"),
        (archive({"b.xml": "x"}), Limits(), r"its part a\.xml is missing"),
        (archive({"a.xml": "x" * 900})[:80], Limits(), "table of contents cannot be read"),
    ],
)
def test_what_may_not_be_unpacked_is_refused_in_a_sentence(
    content: bytes, limits: Limits, said: str
) -> None:
    with pytest.raises(PipelineError, match=said) as caught:
        read(content, limits=limits)
    assert str(caught.value).startswith("a.docx ")


def test_a_part_that_unpacks_to_more_than_it_claims_takes_no_more_memory() -> None:
    content = bytearray(archive({"a.xml": bytes(200 * MEGABYTE)}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    content[22:26] = struct.pack("<I", 1000)
    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="cannot be unpacked"):
        read(bytes(content))
    assert tracemalloc.get_traced_memory()[1] < 4 * MEGABYTE
    tracemalloc.stop()


def test_an_encrypted_part_asks_for_a_copy_without_password() -> None:
    content = bytearray(archive({"a.xml": "x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableFile, match=r"protected by a password.*copy without"):
        read(bytes(content))


def test_two_parts_of_one_name_are_refused() -> None:
    content = archive({"a.xml": "one", "b.xml": "two"}).replace(b"b.xml", b"a.xml")
    with pytest.raises(UnreadableFile, match="same name"):
        read(content)


def test_a_part_whose_bytes_have_changed_is_refused() -> None:
    content = archive({"mimetype": "stored as it is"}).replace(b"stored", b"stared")
    with pytest.raises(UnreadableFile, match="its part mimetype cannot be unpacked"):
        read(content, "mimetype")


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (f'<!DOCTYPE a [<!ENTITY a0 "ha">{BOMB}]><a>&a9;</a>', "defines entities"),
        ('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "defines entities"),
        ("<a>" * 5000 + "</a>" * 5000, "not well-formed"),
        ("<a><b></a>", "not well-formed"),
        ("", "not well-formed"),
    ],
)
def test_xml_that_attacks_or_is_damaged_is_refused(xml: str, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        safe_xml("a.docx", "a.xml", xml.encode())
