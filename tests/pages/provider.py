"""A small OpenID Connect provider: it lets in whoever is named, and lies where a test wants it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as AnyResponse

CLIENT_ID, CLIENT_SECRET = "kimweb-kolaka", "rahasia-antara-kantor-dan-sso"


class Provider:
    """The provider at `issuer`; `subject` is who sits before the browser there."""

    def __init__(self) -> None:
        self.issuer = self.calls_itself = ""
        self.subject, self.called = "9f1c", "sitti.aminah@sulteng"
        self.claims: dict[str, Any] = {}
        self.key = self._published = _key("own")
        self.answers_instead: AnyResponse | None = None
        self._asked: dict[str, dict[str, str]] = {}

    def forge(self) -> None:
        """Sign with a key that was never published, under the name of the one that was."""
        self.key = _key("forged")

    def app(self) -> Flask:
        """The pages that a client asks for."""
        app = Flask("provider")
        app.before_request(lambda: self.answers_instead)
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._metadata)
        app.add_url_rule("/jwks", view_func=self._jwks)
        app.add_url_rule("/authorize", view_func=self._authorize)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        return app

    def _metadata(self) -> Response:
        return jsonify(
            issuer=self.calls_itself,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/jwks",
            id_token_signing_alg_values_supported=["RS256"],
        )

    def _jwks(self) -> Response:
        return jsonify(KeySet([self._published]).as_dict(private=False))

    def _authorize(self) -> AnyResponse:
        asked = request.args.to_dict()
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._asked[code] = asked
        return redirect(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        )

    def _token(self) -> tuple[Response, int]:
        asked = self._asked.pop(request.form["code"], None)
        login = request.authorization
        if asked is None or login is None or login.password != CLIENT_SECRET:
            return jsonify(error="invalid_grant"), 400
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {
            "iss": self.calls_itself,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": self.called,
            **self.claims,
        }
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return jsonify(access_token="unused", token_type="Bearer", id_token=token), 200


@cache
def _key(_whose: str) -> RSAKey:
    """One for each name, since each takes a while to find."""
    return RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256"})


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers on a port of its own."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = provider.calls_itself = f"http://127.0.0.1:{server.port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
