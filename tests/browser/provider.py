"""A small OpenID provider of our own: it asks who you are, and vouches for whatever you say."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "readonce-test", "a secret between the two"
KEY_ID = "the only key"


@dataclass(slots=True)
class Provider:
    """codes: what was given out at a sign-in, by code; forges: its tokens bear a foreign signature.

    people: each with the claims that the provider makes of them.
    """

    address: str
    people: dict[str, dict[str, Any]]
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": KEY_ID}))
    foreign: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": KEY_ID}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    forges: bool = False

    def answer(self, path: str, given: dict[str, str]) -> tuple[int, str, str]:
        """Status, type and content of an answer; of a redirection, where it leads."""
        match path:
            case "/.well-known/openid-configuration":
                return _json(self._metadata())
            case "/keys":
                return _json({"keys": [self.key.as_dict(private=False)]})
            case "/authorize":
                return 200, "text/html", self._choice(given)
            case "/approve":
                return 302, "", self._approved(given)
            case "/token":
                return self._token(given)
            case "/leave":
                return 302, "", given["post_logout_redirect_uri"]
        return 404, "text/plain", "nothing here"

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/leave",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _choice(self, given: dict[str, str]) -> str:
        links = "".join(
            f'<li><a href="/approve?{escape(urlencode({**given, "who": who}))}">{who}</a></li>'
            for who in self.people
        )
        return f"<!doctype html><title>Provider</title><h1>Who are you?</h1><ul>{links}</ul>"

    def _approved(self, given: dict[str, str]) -> str:
        code = secrets.token_urlsafe()
        self.codes[code] = given
        return f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}"

    def _token(self, given: dict[str, str]) -> tuple[int, str, str]:
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or given.get("redirect_uri") != asked["redirect_uri"]:
            return 400, "application/json", '{"error": "invalid_grant"}'
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": asked.get("nonce", ""), "sub": asked["who"], **self.people[asked["who"]],
        }  # fmt: skip
        key = self.foreign if self.forges else self.key
        token = jwt.encode({"alg": "RS256", "kid": KEY_ID}, claims, key)
        return _json({"access_token": "unused", "token_type": "Bearer", "id_token": token})


def _json(value: object) -> tuple[int, str, str]:
    return 200, "application/json", json.dumps(value)


@contextmanager
def provider(people: dict[str, dict[str, Any]]) -> Iterator[Provider]:
    """A provider that listens on this computer until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, query: str) -> None:
            given = {name: values[-1] for name, values in parse_qs(query).items()}
            status, kind, content = vouching.answer(urlsplit(self.path).path, given)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", content)
            else:
                self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(b"" if status == 302 else content.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    vouching = Provider(f"http://localhost:{server.server_port}", people)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield vouching
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
