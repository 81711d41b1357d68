"""One line for each check; the first that fails ends the script."""

import base64
import json
import sys
import traceback
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit


@contextmanager
def check(name):
    try:
        yield
    except Exception:
        traceback.print_exc()
        sys.exit(f"failed {name}")
    print(f"ok {name}", flush=True)


def payload_of(jwt):
    """The payload of a JWT, unverified: to compare two of them."""
    encoded = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def same_successor(repeated, first):
    """A repeated refresh is answered as the first one was. The signature may be another: ES256
    draws."""
    assert repeated["refresh_token"] == first["refresh_token"]
    assert payload_of(repeated["access_token"]) == payload_of(first["access_token"])


def issued_by(issuer, callback):
    """RFC 9207, which neither Python library checks by itself."""
    named = parse_qs(urlsplit(callback).query).get("iss")
    assert named == [issuer], f"the callback names the issuer {named}"
    return callback
