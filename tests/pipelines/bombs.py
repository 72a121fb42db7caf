"""Files made to do harm, each small on the disk or made in a moment; all of them written here."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

_HELLO = b"BT /F1 12 Tf 72 700 Td (The ferry left at six.) Tj ET"
_BOX = b"/MediaBox [0 0 612 792]"
_FONT = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def pdf_from(objects: Mapping[int, bytes]) -> bytes:
    """A PDF of these numbered objects with a sound table of where they stand; object 1 is the root.

    Numbers may be left out.
    """
    out = bytearray(b"%PDF-1.7\n")
    rows = []
    for number in sorted(objects):
        rows.append(b"%d 1\n%010d 00000 n \n" % (number, len(out)))
        out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n" + b"".join(rows)
    out += b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF" % (
        max(objects) + 1,
        start,
    )
    return bytes(out)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content)


def zeros(byte: bytes, length: int) -> bytes:
    """So many of one byte, deflated, without ever holding them."""
    packer = zlib.compressobj(9)
    block = byte * (1 << 20)
    parts = [packer.compress(block) for _ in range(length >> 20)]
    return b"".join([*parts, packer.flush()])


def one_page(content: bytes, extra: bytes = b"", page: bytes = _BOX) -> dict[int, bytes]:
    """The objects of a PDF of one page: 4 is what is drawn, from 5 on there is room."""
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        3: b"<< /Type /Page /Parent 2 0 R %s /Resources %s /Contents 4 0 R >>" % (page, _FONT),
        4: stream(content, extra),
    }


def pdf_good() -> bytes:
    return pdf_from(one_page(_HELLO))


def pdf_of_many_pages(count: int, page: Mapping[int, bytes] | None = None) -> bytes:
    """A tree of pages in which one page stands again and again."""
    objects = dict(page or one_page(_HELLO))
    groups = count // 1000
    names = b" ".join(b"%d 0 R" % (5 + group) for group in range(groups))
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, names)
    node = b"<< /Type /Pages /Parent 2 0 R /Count 1000 /Kids [" + b"3 0 R " * 1000 + b"] >>"
    return pdf_from(objects | dict.fromkeys(range(5, 5 + groups), node))


def pdf_that_takes_hours() -> bytes:
    """A thousand pages of curves, each some tenths of a second, none with any text."""
    return pdf_of_many_pages(1000, _page_of_paths(50_000))


def pdf_claiming_pages(count: int) -> bytes:
    """One page that is said to be many."""
    objects = one_page(_HELLO)
    objects[2] = b"<< /Type /Pages /Count %d /Kids [3 0 R] >>" % count
    return pdf_from(objects)


def pdf_of_deep_tree(depth: int) -> bytes:
    """A page below so many nodes of one child each."""
    objects = one_page(_HELLO)
    objects[2] = b"<< /Type /Pages /Count 1 /Kids [5 0 R] >>"
    for level in range(depth):
        number = 5 + level
        child = 3 if level == depth - 1 else number + 1
        objects[number] = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % child
    return pdf_from(objects)


def pdf_of_cyclic_tree() -> bytes:
    objects = one_page(_HELLO)
    objects[2] = b"<< /Type /Pages /Count 3 /Kids [3 0 R 5 0 R] >>"
    objects[5] = b"<< /Type /Pages /Parent 2 0 R /Count 2 /Kids [2 0 R 5 0 R] >>"
    return pdf_from(objects)


def _form(draws: int) -> bytes:
    """What makes a stream a form that may draw another one."""
    within = _FONT.replace(b"<< /Font", b"<< /XObject << /X%d %d 0 R >> /Font" % (draws, draws))
    return b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources " + within


def pdf_of_forms_in_forms(levels: int, each: int) -> bytes:
    """Forms that draw others `each` times, level below level: each ** levels drawings."""
    objects = one_page(b"/X5 Do")
    for level in range(levels):
        number = 5 + level
        inner = b"/X%d Do " % (number + 1) * each if level < levels - 1 else _HELLO
        objects[number] = stream(inner, _form(number + 1))
    objects[3] = objects[3].replace(_FONT, b"<< /XObject << /X5 5 0 R >> >>")
    return pdf_from(objects)


def pdf_with_a_slow_page() -> bytes:
    """Three pages, of which the second takes some seconds."""
    return _in_the_middle(_page_of_paths(4_000_000))


def pdf_with_a_large_page(length: int) -> bytes:
    """Three pages, of which the second has so many bytes of drawing, packed twice."""
    packed = zlib.compress(zeros(b" ", length), 9)
    return _in_the_middle(one_page(packed, b"/Filter [/FlateDecode /FlateDecode]"))


def _in_the_middle(page: Mapping[int, bytes]) -> bytes:
    """A page, object 3, between two good ones."""
    good, after = one_page(_HELLO), max(page) + 1
    kids = b"<< /Type /Pages /Count 3 /Kids [%d 0 R 3 0 R %d 0 R] >>" % (after, after)
    other = good[3].replace(b"/Contents 4 0 R", b"/Contents %d 0 R" % (after + 1))
    return pdf_from({**page, 2: kids, after: other, after + 1: good[4]})


def pdf_of_form_in_itself() -> bytes:
    objects = one_page(b"/X5 Do")
    objects[5] = stream(b"/X5 Do /X5 Do", _form(5))
    objects[3] = objects[3].replace(_FONT, b"<< /XObject << /X5 5 0 R >> >>")
    return pdf_from(objects)


def pdf_of_deflated_content(length: int, byte: bytes = b" ") -> bytes:
    """A page whose drawing is so long once it is unpacked."""
    return pdf_from(one_page(zeros(byte, length), b"/Filter /FlateDecode"))


def pdf_of_twice_deflated_content(length: int) -> bytes:
    """The same, packed twice: a gigabyte in some kilobytes."""
    packed = zlib.compress(zeros(b" ", length), 9)
    return pdf_from(one_page(packed, b"/Filter [/FlateDecode /FlateDecode]"))


def pdf_of_deflated_text(length: int) -> bytes:
    """A page that writes a text of about so many characters."""
    line = b"BT /F1 1 Tf 1 0 0 1 0 %d Tm (" + b"word " * 200 + b") Tj ET\n"
    packer = zlib.compressobj(9)
    parts = [packer.compress(line % (number % 700)) for number in range(length // 1000)]
    return pdf_from(one_page(b"".join([*parts, packer.flush()]), b"/Filter /FlateDecode"))


def pdf_of_box(box: bytes) -> bytes:
    """A page of any size, such as 1e9 inches."""
    return pdf_from(one_page(_HELLO, page=b"/MediaBox [%s]" % box))


def pdf_of_outline(count: int, *, cyclic: bool = False) -> bytes:
    """An outline of so many entries, the last of which leads back to the first if cyclic."""
    objects = one_page(_HELLO)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Outlines 5 0 R >>"
    objects[5] = b"<< /Type /Outlines /First 6 0 R /Last %d 0 R /Count %d >>" % (5 + count, count)
    for number in range(6, 6 + count):
        after = number + 1 if number < 5 + count else 6 if cyclic else 0
        following = b"/Next %d 0 R" % after if after else b""
        down = b"/First 6 0 R" if cyclic else b""
        objects[number] = b"<< /Title (Part) /Parent 5 0 R /Dest [3 0 R /Fit] %s %s >>" % (
            following,
            down,
        )
    return pdf_from(objects)


def pdf_of_deep_outline(depth: int) -> bytes:
    """Entries below entries."""
    objects = one_page(_HELLO)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Outlines 5 0 R >>"
    objects[5] = b"<< /Type /Outlines /First 6 0 R /Last 6 0 R /Count 1 >>"
    for number in range(6, 6 + depth):
        down = b"/First %d 0 R /Count 1" % (number + 1) if number < 5 + depth else b""
        objects[number] = b"<< /Title (Part) /Dest [3 0 R /Fit] %s >>" % down
    return pdf_from(objects)


def pdf_of_nested_arrays(depth: int) -> bytes:
    objects = one_page(_HELLO)
    objects[5] = b"[" * depth + b"]" * depth
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Names 5 0 R >>"
    return pdf_from(objects)


def pdf_of_deep_drawing(depth: int) -> bytes:
    """Drawing instructions whose arrays and saved states nest."""
    return pdf_from(one_page(b"q " * depth + b"[" * depth + _HELLO))


def pdf_of_large_picture(side: int) -> bytes:
    """A picture of side by side pixels that is all one colour, packed small."""
    objects = one_page(b"q 612 0 0 792 0 0 cm /I5 Do Q " + _HELLO)
    kind = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB "
        b"/BitsPerComponent 8 /Filter /FlateDecode"
    )
    objects[5] = stream(zeros(b"\x80", 3 * side * side), kind % (side, side))
    objects[3] = objects[3].replace(b"<< /Font", b"<< /XObject << /I5 5 0 R >> /Font")
    return pdf_from(objects)


def pdf_of_paths(count: int) -> bytes:
    """A drawing of very many curves over the whole page, filled."""
    return pdf_from(_page_of_paths(count))


def _page_of_paths(count: int) -> dict[int, bytes]:
    curve = b"0 0 m 612 0 0 792 612 792 c 0 792 612 0 0 0 c f*\n"
    packer = zlib.compressobj(9)
    parts = [packer.compress(curve * 1000) for _ in range(count // 1000)]
    return one_page(b"".join([*parts, packer.flush()]), b"/Filter /FlateDecode")


def markdown_of_quotes(depth: int) -> bytes:
    return b"> " * depth + b"words\n"


def markdown_of_lists(depth: int) -> bytes:
    return b"".join(b"  " * level + b"- item\n" for level in range(depth))


def markdown_of_brackets(count: int) -> bytes:
    """Openings of links in a heading: what matches them naively takes the square of the time."""
    return b"# " + b"[" * count + b"\n\nwords\n"


def markdown_of_stars(count: int) -> bytes:
    return b"# " + b"*a_" * count + b"\n\nwords\n"


def markdown_of_headings(count: int) -> bytes:
    return b"# Part\n" * count


def long_line(length: int) -> bytes:
    return b"a" * length


NAMES_THAT_CLIMB: Sequence[str] = (
    "../../outside.txt",
    "/etc/outside.txt",
    "..\\..\\outside.txt",
    "C:\\Windows\\outside.txt",
    "a/../../outside.txt",
    "outside.txt\0.pdf",
)
