"""What the test tells the scripts, by environment variables."""

import os
import sys
from dataclasses import dataclass


def need(name):
    value = os.environ.get(name)
    if not value:
        sys.exit(f"the environment variable {name} is missing")
    return value


@dataclass(frozen=True)
class Client:
    id: str
    secret: str | None


def client(name):
    return Client(need(f"{name}_CLIENT_ID"), os.environ.get(f"{name}_CLIENT_SECRET"))


ISSUER = need("ISSUER")
REDIRECT_URI = need("REDIRECT_URI")
SCOPE = need("SCOPE")
EMAIL = need("EMAIL")
PASSWORD = need("PASSWORD")

# Clients with a secret, one for each algorithm that signs access tokens.
CONFIDENTIAL = {
    "EdDSA": client("EDDSA"),
    "ES256": client("ES256"),
    "RS256": client("RS256"),
}
PUBLIC = client("PUBLIC")
# Asks for tokens of its own only.
SERVICE = client("SERVICE")
