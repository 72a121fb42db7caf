"""Ways to spoil a file: anywhere, and for archives inside the parts, under sound checksums."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from random import Random

Spoil = Callable[[bytes, bytes, Random], bytes]

_MOST = 8
_NUMBERS = (b"0", b"-1", b"1e309", b"999999999", b"2147483648", b"18446744073709551616", b"nan")
_SIGNS = (b"<", b">", b"&", b"/", b"(", b"[", b"{", b"\\", b"\0", b"\xff", b"\xef\xbb\xbf", b"%")


def spoilt(content: bytes, other: bytes, chance: Random) -> tuple[str, bytes]:
    """The name of a way and what it makes of a file; other is a second file to mix in."""
    ways = PLAIN
    if content.startswith(b"PK"):
        ways = PACKED if chance.random() < 0.75 else PLAIN
    way = chance.choice(ways)
    return way.__name__, way(content, other, chance)


def flipped(content: bytes, other: bytes, chance: Random) -> bytes:
    """Some bits turned over."""
    data = bytearray(content)
    for _ in range(chance.randint(1, _MOST) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def overwritten(content: bytes, other: bytes, chance: Random) -> bytes:
    """A run of bytes by others."""
    start = _place(content, chance)
    run = chance.choice((bytes(chance.randint(1, 64)), chance.randbytes(chance.randint(1, 64))))
    return content[:start] + run + content[start + len(run) :]


def cut(content: bytes, other: bytes, chance: Random) -> bytes:
    """The end is missing."""
    return content[: _place(content, chance)]


def holed(content: bytes, other: bytes, chance: Random) -> bytes:
    """A piece from the middle is missing."""
    start, end = sorted((_place(content, chance), _place(content, chance)))
    return content[:start] + content[end:]


def spliced(content: bytes, other: bytes, chance: Random) -> bytes:
    """The beginning of one file and the end of another."""
    return content[: _place(content, chance)] + other[_place(other, chance) :]


def doubled(content: bytes, other: bytes, chance: Random) -> bytes:
    """A piece stands several times."""
    start = _place(content, chance)
    end = start + chance.randint(1, 2_000)
    return content[:start] + content[start:end] * chance.randint(2, 40) + content[end:]


def moved(content: bytes, other: bytes, chance: Random) -> bytes:
    """Two pieces have changed places."""
    first, second, third = sorted(_place(content, chance) for _ in range(3))
    return content[:first] + content[second:third] + content[first:second] + content[third:]


def numbered(content: bytes, other: bytes, chance: Random) -> bytes:
    """Some numbers are others, beyond reason."""
    found = list(re.finditer(rb"\d+", content))
    for match in sorted(chance.sample(found, min(len(found), 3)), key=lambda m: -m.start()):
        content = content[: match.start()] + chance.choice(_NUMBERS) + content[match.end() :]
    return content


def signed(content: bytes, other: bytes, chance: Random) -> bytes:
    """Signs that mean something to a parser stand where none should."""
    for _ in range(chance.randint(1, _MOST)):
        start = _place(content, chance)
        content = content[:start] + chance.choice(_SIGNS) * chance.randint(1, 30) + content[start:]
    return content


PLAIN: tuple[Spoil, ...] = (
    *(flipped, overwritten, cut, holed, spliced, doubled, moved, numbered, signed),
)


def part_spoilt(content: bytes, other: bytes, chance: Random) -> bytes:
    """A part of an archive is spoilt before it is packed; the archive itself is sound."""
    parts = _parts(content)
    name = chance.choice(sorted(parts))
    spoil = chance.choice(PLAIN)
    return _packed({**parts, name: spoil(parts[name], parts[chance.choice(sorted(parts))], chance)})


def parts_swapped(content: bytes, other: bytes, chance: Random) -> bytes:
    """Two parts have each other's names."""
    parts = _parts(content)
    first, second = chance.choice(sorted(parts)), chance.choice(sorted(parts))
    return _packed({**parts, first: parts[second], second: parts[first]})


def part_dropped(content: bytes, other: bytes, chance: Random) -> bytes:
    """One part is missing."""
    parts = _parts(content)
    del parts[chance.choice(sorted(parts))]
    return _packed(parts)


def parts_mixed(content: bytes, other: bytes, chance: Random) -> bytes:
    """Some parts come from another archive."""
    parts, others = _parts(content), _parts(other)
    chosen = {name: part for name, part in others.items() if chance.random() < 0.5}
    return _packed({**parts, **chosen})


PACKED: tuple[Spoil, ...] = (
    *(part_spoilt, part_spoilt, part_spoilt, parts_swapped, part_dropped, parts_mixed),
)


def _place(content: bytes, chance: Random) -> int:
    return chance.randint(0, len(content))


def _parts(content: bytes) -> dict[str, bytes]:
    if not content.startswith(b"PK"):
        return {"x.xml": content}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            kept = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=kept)
    return out.getvalue()
