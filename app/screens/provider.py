"""Who a sign-in provider vouches for: as streamlit tells it to a page, and as a cookie shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from streamlit.auth_util import get_cookie_with_chunks, get_signing_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

_COOKIE = "_streamlit_user"


def vouched(claims: Mapping[str, Any]) -> str:
    """The address that the provider confirms, "" where there is none."""
    if not claims.get("is_logged_in") or claims.get("email_verified") is False:
        return ""
    return str(claims.get("email") or "").strip().casefold()


def bearer(cookies: Mapping[str, str]) -> str:
    """Whose sign-in the cookies of a request show, "" for nobody's: streamlit has signed them."""
    secret = get_signing_secret()

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(secret, name, value.encode("latin-1")) if value else None

    claims = None
    with suppress(ValueError):
        claims = json.loads(get_cookie_with_chunks(signed, _COOKIE) or b"null")
    return vouched(claims) if isinstance(claims, dict) else ""
