"""Ways in which a stored state may be spoilt, by accident or on purpose."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from random import Random
from typing import Any

from tests.retnet_core.state_files import CHECKSUM, parts, signed

Mutation = Callable[[bytes, bytes, Random], bytes]

HUGE = (2**31, 2**32 + 1, 2**53, 2**62, 2**63, 2**64, 10**18, 10**40, -1, -(2**63), 0)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, "", "1", "F32", "I8", "\0", "\ud800", [], {}),
    *(["F32"], {"format": "readonce-state-1"}, [[1, 2], 3], "readonce-state-2", "a" * 64, [0, 48]),
)


def whole(payload: bytes, other: bytes, chance: Random) -> bytes:
    """Not spoilt: it must be taken, or all the refusals prove nothing."""
    return payload


def flipped(payload: bytes, other: bytes, chance: Random) -> bytes:
    data = bytearray(payload)
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def overwritten(payload: bytes, other: bytes, chance: Random) -> bytes:
    place, length = chance.randrange(len(payload)), chance.randint(1, 64)
    run = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    return payload[:place] + run + payload[place + length :]


def cut(payload: bytes, other: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(payload))
    return payload[:place] if chance.random() < 0.7 else payload[place:]


def inserted(payload: bytes, other: bytes, chance: Random) -> bytes:
    place, length = chance.randint(0, len(payload)), chance.randint(1, 64)
    return payload[:place] + chance.randbytes(length) + payload[place:]


def spliced(payload: bytes, other: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(payload))
    return payload[:place] + other[chance.choice((place, chance.randint(0, len(other)))) :]


def edited(payload: bytes, other: bytes, chance: Random) -> bytes:
    """Fields changed, removed, renamed or in another order, under a true checksum."""
    header, body = parts(payload)
    fields: dict[str, Any] = json.loads(header)
    for _ in range(chance.randint(1, 3)):
        inner = [value for value in fields.values() if isinstance(value, dict) and value]
        place = chance.choice([fields, *inner])
        key = chance.choice(list(place) or ["state"])
        match chance.randrange(4):
            case 0:
                place[key] = chance.choice(ODD)
            case 1:
                place.pop(key, None)
            case 2:
                place[chance.choice(("state", "scale", "format", key + "x"))] = place.get(key)
            case _:
                place[key] = place.pop(key, None)
    return _signed(fields, body)


def huge(payload: bytes, other: bytes, chance: Random) -> bytes:
    """Numbers beyond reason where sizes are expected, under a true checksum."""
    header, body = parts(payload)
    fields: dict[str, Any] = json.loads(header)
    name = chance.choice([name for name in fields if name != "__metadata__"])
    sizes = fields[name][chance.choice(("shape", "data_offsets"))]
    if chance.random() < 0.2:
        sizes *= chance.randint(2, 200)
    for _ in range(chance.randint(1, len(sizes))):
        sizes[chance.randrange(len(sizes))] = chance.choice(HUGE)
    if chance.random() < 0.3:
        fields["__metadata__"]["tokens_read"] = str(chance.choice(HUGE))
    return _signed(fields, body)


def doubled(payload: bytes, other: bytes, chance: Random) -> bytes:
    """The same key twice, with the same value or another one, under a true checksum."""
    header, body = parts(payload)
    twice = (
        ('"state":', '"state":{"dtype":"F32","shape":[9],"data_offsets":[0,36]},"state":'),
        ('"format":', '"format":"readonce-state-1","format":'),
        ('"tokens_read":', '"tokens_read":"7","tokens_read":'),
        ('"encoding":', '"encoding":"int8","encoding":'),
        ('"sha256":', f'"sha256":"{CHECKSUM}","sha256":'),
        ('"sha256":', f'"sha256":"{"0" * 64}","sha256":'),
        ('"shape":', '"shape":[1],"shape":'),
        ('{"__metadata__":', '{"__metadata__":{},"__metadata__":'),
    )
    return signed(header.rstrip().replace(*chance.choice(twice), 1), body)


def nested(payload: bytes, other: bytes, chance: Random) -> bytes:
    """Brackets within brackets, closed or not, within the longest header or beyond it."""
    header, body = parts(payload)
    depth = chance.choice((3, 100, 900, 3000, 20_000))
    opened, closed = chance.choice((("[", "]"), ('{"x":', "}")))
    tower = opened * depth + "1" + closed * depth * chance.randint(0, 1)
    place = chance.choice(('"42"', "[1,2,2,3]", '"readonce-state-1"'))
    return signed(header.rstrip().replace(place, tower), body)


def misleading(payload: bytes, other: bytes, chance: Random) -> bytes:
    """A length of the header that is not its length, under a true checksum."""
    header, body = parts(payload)
    near = len(header) + chance.choice((-8, -1, 1, 8, len(body)))
    length = chance.choice((near, chance.randrange(2**64), *(n for n in HUGE if 0 <= n < 2**64)))
    return signed(header, body, length)


def forged(payload: bytes, other: bytes, chance: Random) -> bytes:
    """Other numbers, or numbers of another size, under a true checksum."""
    header, body = parts(payload)
    data = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data))
        run = chance.choice((b"\x00\x00\x80\x7f", b"\xff\xff", chance.randbytes(4)))
        data[place : place + len(run)] = run
    return signed(header, bytes(data) if chance.random() < 0.9 else bytes(data[:-1]))


def scrambled(payload: bytes, other: bytes, chance: Random) -> bytes:
    """Bytes of the header changed anywhere, under a true checksum."""
    header, body = parts(payload)
    short = header.replace(CHECKSUM, "%").encode()  # so that a change seldom hits the checksum
    spoilt = chance.choice((flipped, overwritten, cut, inserted))(short, b"", chance)
    return signed(spoilt.replace(b"%", CHECKSUM.encode()), body)


def random_bytes(payload: bytes, other: bytes, chance: Random) -> bytes:
    length = struct.pack("<Q", chance.randint(0, 5000))
    return chance.choice((b"", length)) + chance.randbytes(chance.randint(0, 2000))


def _signed(fields: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(fields, separators=(",", ":"))
    return signed(text + " " * (-len(text) % 8), body)


MUTATIONS: tuple[Mutation, ...] = (
    *(whole, flipped, overwritten, cut, inserted, spliced, edited, huge, doubled, nested),
    *(misleading, forged, scrambled, random_bytes),
)
