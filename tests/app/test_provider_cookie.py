"""Whose sign-in a cookie shows: only what streamlit has signed, and a provider confirms."""

from __future__ import annotations

import json

import pytest
from streamlit.auth_util import get_signing_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from app.screens.provider import bearer, vouched

NAME = "_streamlit_user"
ANN = {"is_logged_in": True, "email": " Ann@example.org", "email_verified": True}


def signed(claims: object, secret: str = "") -> dict[str, str]:
    written = json.dumps(claims)
    value = create_signed_value(secret or get_signing_secret(), NAME, written)
    return {NAME: value.decode() if isinstance(value, bytes) else value}


def test_a_cookie_that_streamlit_has_signed_shows_who_it_is() -> None:
    assert bearer(signed(ANN)) == "ann@example.org"


@pytest.mark.parametrize(
    "cookies",
    [
        {},
        {NAME: ""},
        {NAME: json.dumps(ANN)},
        {NAME: "\u2603"},
        {"other": signed(ANN)[NAME]},
        signed(ANN, "another secret"),
        signed([]),
        signed(None),
        signed({**ANN, "email_verified": False}),
        signed({**ANN, "is_logged_in": False}),
        signed({**ANN, "email": None}),
    ],
    ids=["none", "empty", "unsigned", "no bytes", "other name", "forged", "list", "null",
         "unconfirmed", "signed out", "no address"],
)  # fmt: skip
def test_any_other_cookie_shows_nobody(cookies: dict[str, str]) -> None:
    assert bearer(cookies) == ""


def test_an_address_without_a_word_on_its_confirmation_counts() -> None:
    assert vouched({"is_logged_in": True, "email": "bob@example.org"}) == "bob@example.org"
