"""The gate before the web page where visitors sign in.

With passwords nothing passes without: once a name and a password fit, the browser is given a pass
(app/passes.py), which it shows with every request and at the opening of its connection. Where a
provider vouches for visitors, the page itself leads to it, and only pictures and files are guarded
here, which streamlit would give to whoever knows their address.
"""

from __future__ import annotations

import asyncio
import html
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.passes import LASTS, Passes
from app.screens.provider import bearer
from app.settings import Settings, read_settings
from app.users import Users

PASS = "readonce-pass"
IN, OUT = "/sign-in", "/sign-out"
_HEALTH, _MEDIA = "/_stcore/health", "/media/"
_FIRST = "Sign in first."
_LONGEST_FORM = 4_096
_FORM = (Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
}
_WRONG = "This name and password do not belong together."
_TOO_OFTEN = "Too many attempts. Wait a minute and try again."


def gates() -> list[Middleware]:
    """What stands before the page."""
    return [Middleware(Gate)]


@dataclass(slots=True)
class _Attempts:
    """Wrong passwords of the last minute, by name; most: after how many nobody gets through."""

    most: int = 5
    within: float = 60.0
    times: dict[str, list[float]] = field(default_factory=dict)

    def are_too_many(self, name: str, now: float) -> bool:
        self.times = {
            each: recent
            for each, moments in self.times.items()
            if (recent := [moment for moment in moments if now - moment < self.within])
        }
        return len(self.times.get(name, [])) >= self.most

    def failed(self, name: str, now: float) -> None:
        self.times.setdefault(name, []).append(now)


class Gate:
    """Lets requests through to the page where no sign-in is asked for, or with a valid pass."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._attempts = _Attempts()

    @cached_property
    def _settings(self) -> Settings:
        return read_settings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "lifespan" or self._settings.sign_in == "none":
            await self._app(scope, receive, send)
        elif self._settings.sign_in == "oidc":
            await self._vouched(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in (IN, OUT):
            answer = await self._answer(Request(scope, receive))
            await answer(scope, receive, send)
        elif scope["path"] == _HEALTH or holder(self._settings, HTTPConnection(scope).cookies):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _to_the_form(Request(scope))(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _vouched(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, but none for a picture or a file of whoever has not signed in."""
        if scope["path"].startswith(_MEDIA) and not bearer(HTTPConnection(scope).cookies):
            await Response(_FIRST, 401)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.url.path == OUT:
            left = RedirectResponse(IN, 303)
            left.delete_cookie(PASS)
            return left
        if request.method == "POST":
            return await self._signed_in(request)
        return _form("", request.query_params.get("next", "/"))

    async def _signed_in(self, request: Request) -> Response:
        """The page with a pass for who gave the right password, else the form with a sentence."""
        given = await _fields(request)
        name, onward = given.get("name", "").strip().casefold(), given.get("next", "/")
        now = time.time()
        if not _is_ours(request):
            return _form("Sign in on this page.", onward, 403)
        if self._attempts.are_too_many(name, now):
            return _form(_TOO_OFTEN, onward, 429)
        home = self._settings.home
        user = await asyncio.to_thread(Users(home).signed_in, name, given.get("password", ""))
        if user is None:
            self._attempts.failed(name, now)
            return _form(_WRONG, onward, 401)
        answer = RedirectResponse(_inside(onward), 303)
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
        answer.set_cookie(
            PASS, Passes(home).given(user, now), LASTS, httponly=True, samesite="lax", secure=secure
        )
        return answer


def holder(settings: Settings, cookies: dict[str, str]) -> str:
    """Who shows a valid pass, "" for nobody."""
    mark = cookies.get(PASS, "")
    return Passes(settings.home).holder(mark, time.time()) if mark else ""


def _to_the_form(request: Request) -> Response:
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return Response(_FIRST, 401)
    onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{IN}?next={quote(onward, safe='')}", 303)


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a short form; none of a long one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}


def _is_ours(request: Request) -> bool:
    """Whether the form was sent from this page and from no other."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _inside(onward: str) -> str:
    """An address on this server: whatever leads elsewhere becomes the first page."""
    leads_away = not onward.startswith("/") or onward[1:2] in ("/", "\\") or "\n" in onward
    return "/" if leads_away else onward


def _form(sentence: str, onward: str, status: int = 200) -> Response:
    told = f'<p class="told" role="alert">{html.escape(sentence)}</p>' if sentence else ""
    page = _FORM.replace("{told}", told).replace("{next}", html.escape(_inside(onward)))
    return HTMLResponse(page, status, _HEADERS)
