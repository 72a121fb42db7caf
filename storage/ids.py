"""Ids by which people and scripts name what the library holds."""

from __future__ import annotations

import uuid


def new_id() -> str:
    """Twelve random hexadecimal characters."""
    return uuid.uuid4().hex[:12]
