"""One visitor: who they are, and the library as they see it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.screens.desk import Desk
from app.screens.gate import OUT, holder
from app.screens.markup import clean, escaped
from app.screens.provider import vouched
from app.service import Service

_WELCOME = '<p class="wordmark">readonce</p><p class="motto">Read once. Ask for ever after.</p>'


@dataclass(frozen=True, slots=True)
class Visit:
    """desk: what all visitors share; service: the visitor's own documents and those shared."""

    desk: Desk
    service: Service

    @property
    def owner(self) -> str:
        return self.service.settings.owner

    @property
    def is_signed_in(self) -> bool:
        return self.service.settings.sign_in != "none"


def visit(desk: Desk) -> Visit | None:
    """The visit of whoever looks at the page; None where they have yet to sign in."""
    name = _name(desk)
    if not name:
        return None
    own = desk.service if name == desk.service.settings.owner else desk.service.as_owner(name)
    return Visit(desk, own)


def _name(desk: Desk) -> str:
    settings = desk.service.settings
    if settings.sign_in == "password":
        return holder(settings, st.context.cookies.to_dict())
    if settings.sign_in == "oidc":
        return vouched(st.user)
    return settings.owner


def draw_door(desk: Desk) -> None:
    """What somebody sees who has yet to sign in."""
    st.html(clean(_WELCOME))
    if desk.service.settings.sign_in == "password":
        st.write("Your sign-in has ended. [Sign in](/sign-in)")
    elif st.user.get("is_logged_in"):
        st.error("Your account has no confirmed e-mail address, which readonce knows you by.")
        st.button("Sign out", on_click=st.logout)
    else:
        st.button("Sign in", type="primary", on_click=st.login)


def draw_name(who: Visit) -> None:
    """Whose documents these are, and the way out."""
    if not who.is_signed_in:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="who"):
        st.html(clean(f'<p class="who">{escaped(who.owner)}</p>'), width="stretch")
        if who.service.settings.sign_in == "oidc":
            st.button("Sign out", type="tertiary", on_click=st.logout)
        else:
            st.html(f'<a class="way-out" href="{OUT}" target="_self">Sign out</a>', width="content")
