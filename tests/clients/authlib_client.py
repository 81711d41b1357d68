"""Authlib, used as its own documentation shows."""

import os

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwt
from joserfc.jwk import KeySet

from checks import check, issued_by, same_successor
from parameters import (
    CONFIDENTIAL, EMAIL, ISSUER, PASSWORD, PUBLIC, REDIRECT_URI, SCOPE, SERVICE,
)
from sign_in import answer_request

with check("discovery"):
    answer = requests.get(get_well_known_url(ISSUER, external=True))
    server = AuthorizationServerMetadata(answer.json())
    server.validate()
    assert server["issuer"] == ISSUER

KEYS = KeySet.import_key_set(requests.get(server["jwks_uri"]).json())


class Validator(JWTBearerTokenValidator):
    """As an API does with a token that it gets."""

    def get_jwks(self):
        return KEYS


def validate(access_token, client, algorithm):
    if algorithm == "EdDSA":
        # Authlib's validator takes only what joserfc recommends, and RFC 9864 has renamed EdDSA;
        # joserfc itself takes what it is told.
        claims = jwt.decode(access_token, KEYS, algorithms=["EdDSA"]).claims
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": ISSUER},
            exp={"essential": True},
            jti={"essential": True},
            sub={"essential": True},
        )
        registry.validate(claims)
    else:
        validator = Validator(ISSUER, ISSUER)
        claims = validator.authenticate_token(access_token)
        validator.validate_token(claims, [SCOPE.split()[0]], None)
        assert claims.header["alg"] == algorithm
    assert claims["client_id"] == client.id
    return claims


def session(client, **options):
    return OAuth2Session(
        client.id,
        client.secret,
        scope=SCOPE,
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
        **options,
    )


def refused(error, call):
    """The answer of a token request that the library must refuse with this error."""
    try:
        call()
    except OAuthError as refusal:
        assert refusal.error == error, refusal
    else:
        raise AssertionError(f"no {error}")


def life(name, client, algorithm, **options):
    session_ = session(client, **options)
    with check(f"{name}: callback"):
        verifier = generate_token(48)
        url, state = session_.create_authorization_url(
            server["authorization_endpoint"], code_verifier=verifier
        )
        callback = issued_by(ISSUER, answer_request(url, REDIRECT_URI, EMAIL, PASSWORD))
    with check(f"{name}: exchange"):
        first = session_.fetch_token(
            server["token_endpoint"],
            authorization_response=callback,
            state=state,
            code_verifier=verifier,
        )
        assert set(first["scope"].split()) == set(SCOPE.split())
    with check(f"{name}: access token"):
        validate(first["access_token"], client, algorithm)
    with check(f"{name}: refresh"):
        second = session_.refresh_token(
            server["token_endpoint"], refresh_token=first["refresh_token"]
        )
        assert second["refresh_token"] != first["refresh_token"]
        assert second["access_token"] != first["access_token"]
        validate(second["access_token"], client, algorithm)
    with check(f"{name}: refresh again with the old token"):
        again = session_.refresh_token(
            server["token_endpoint"], refresh_token=first["refresh_token"]
        )
        same_successor(again, second)
    if client.secret:
        with check(f"{name}: introspection of a live token"):
            assert introspect(session_, second["access_token"])["client_id"] == client.id
            assert introspect(session_, second["access_token"])["active"] is True
            assert introspect(session_, second["refresh_token"])["active"] is True
    with check(f"{name}: revocation"):
        answer = session_.revoke_token(
            server["revocation_endpoint"],
            token=second["refresh_token"],
            token_type_hint="refresh_token",
        )
        assert answer.status_code == 200, answer.text
    if client.secret:
        with check(f"{name}: introspection of a dead token"):
            assert introspect(session_, second["access_token"]) == {"active": False}
            assert introspect(session_, second["refresh_token"]) == {"active": False}
    with check(f"{name}: refresh of a dead grant"):
        # The library's error leaves our sub-code out; its own hook shows the answer.
        answers = []
        session_.register_compliance_hook(
            "refresh_token_response", lambda answer: answers.append(answer) or answer
        )
        token = second["refresh_token"]
        refused(
            "invalid_grant",
            lambda: session_.refresh_token(server["token_endpoint"], refresh_token=token),
        )
        assert answers[0].json()["error_code"] == "revoked_by_client", answers[0].text


def introspect(session_, token):
    answer = session_.introspect_token(server["introspection_endpoint"], token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


for algorithm, known in CONFIDENTIAL.items():
    options = {}
    if algorithm == "ES256":
        options["token_endpoint_auth_method"] = "client_secret_post"
        options["revocation_endpoint_auth_method"] = "client_secret_post"
    life(algorithm, known, algorithm, **options)
life("public client", PUBLIC, "EdDSA")

for method in ("client_secret_basic", "client_secret_post"):
    with check(f"wrong secret: {method}"):
        stranger = OAuth2Session(SERVICE.id, "wrong", token_endpoint_auth_method=method)
        refused(
            "invalid_client",
            lambda: stranger.fetch_token(
                server["token_endpoint"], grant_type="client_credentials"
            ),
        )

with check("client credentials"):
    own = OAuth2Session(SERVICE.id, SERVICE.secret, scope=SCOPE)
    token = own.fetch_token(server["token_endpoint"], grant_type="client_credentials")
    assert "refresh_token" not in token
    assert validate(token["access_token"], SERVICE, "EdDSA")["sub"] == SERVICE.id
