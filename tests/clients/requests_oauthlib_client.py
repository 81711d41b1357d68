"""requests-oauthlib on oauthlib, used as their own documentation shows."""

import os

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from oauthlib.oauth2 import (
    BackendApplicationClient,
    InvalidClientError,
    InvalidGrantError,
    OAuth2Error,
    WebApplicationClient,
)
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from checks import check, issued_by, same_successor
from parameters import (
    CONFIDENTIAL, EMAIL, ISSUER, PASSWORD, PUBLIC, REDIRECT_URI, SCOPE, SERVICE,
)
from sign_in import answer_request

with check("discovery"):
    # The library knows no metadata: an app reads them by itself.
    server = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server").json()
    assert server["issuer"] == ISSUER
    token_url = server["token_endpoint"]


def life(name, client, by_body=False):
    web = WebApplicationClient(client.id)
    session = OAuth2Session(
        client=web, redirect_uri=REDIRECT_URI, scope=SCOPE.split(), pkce="S256"
    )
    basic = None if by_body else HTTPBasicAuth(client.id, client.secret)
    body = {"client_id": client.id, "client_secret": client.secret} if by_body else {}
    body = {key: value for key, value in body.items() if value}

    with check(f"{name}: callback"):
        url, _ = session.authorization_url(server["authorization_endpoint"])
        callback = issued_by(ISSUER, answer_request(url, REDIRECT_URI, EMAIL, PASSWORD))
    with check(f"{name}: exchange"):
        first = session.fetch_token(
            token_url,
            authorization_response=callback,
            client_secret=client.secret,
            include_client_id=by_body or None,
        )
        assert session.authorized
        assert set(first["scope"]) == set(SCOPE.split())
    with check(f"{name}: refresh"):
        second = session.refresh_token(token_url, auth=basic, **body)
        assert second["refresh_token"] != first["refresh_token"]
        assert second["access_token"] != first["access_token"]
    with check(f"{name}: refresh again with the old token"):
        again = session.refresh_token(
            token_url, refresh_token=first["refresh_token"], auth=basic, **body
        )
        same_successor(again, second)
    if client.secret:
        with check(f"{name}: introspection of a live token"):
            answer = introspect(client, second["access_token"])
            assert (answer["active"], answer["client_id"]) == (True, client.id)
    with check(f"{name}: revocation"):
        url, headers, form = web.prepare_token_revocation_request(
            server["revocation_endpoint"], second["refresh_token"], "refresh_token", **body
        )
        answer = session.post(url, data=form, headers=headers, auth=basic, withhold_token=True)
        assert answer.status_code == 200, answer.text
    if client.secret:
        with check(f"{name}: introspection of a dead token"):
            assert introspect(client, second["access_token"]) == {"active": False}
    with check(f"{name}: refresh of a dead grant"):
        # The library's error leaves our sub-code out; its own hook shows the answer.
        answers = []
        session.register_compliance_hook(
            "refresh_token_response", lambda answer: answers.append(answer) or answer
        )
        refused(InvalidGrantError, lambda: session.refresh_token(token_url, auth=basic, **body))
        assert answers[0].json()["error_code"] == "revoked_by_client", answers[0].text


def introspect(client, token):
    # The library knows no introspection.
    answer = requests.post(
        server["introspection_endpoint"],
        data={"token": token},
        auth=HTTPBasicAuth(client.id, client.secret),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(expected, call):
    try:
        call()
    except OAuth2Error as error:
        assert isinstance(error, expected), repr(error)
    else:
        raise AssertionError(f"no {expected.__name__}")


for algorithm, known in CONFIDENTIAL.items():
    life(algorithm, known, by_body=algorithm == "ES256")
life("public client", PUBLIC, by_body=True)

own = OAuth2Session(client=BackendApplicationClient(client_id=SERVICE.id, scope=SCOPE.split()))

with check("wrong secret"):
    refused(
        InvalidClientError,
        lambda: own.fetch_token(token_url, client_id=SERVICE.id, client_secret="wrong"),
    )

with check("client credentials"):
    token = own.fetch_token(token_url, client_id=SERVICE.id, client_secret=SERVICE.secret)
    assert "refresh_token" not in token
