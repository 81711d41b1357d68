"""Django with django-oauth-toolkit in one file: refresh tokens rotate, and a spent one, presented
after the grace period, ends its family.

Reads CLIENT_ID, CLIENT_SECRET, USERNAME, PASSWORD, ACCESS_SECONDS, REFRESH_SECONDS, GRACE_SECONDS
and DATABASE; says `ready ADDRESS` when it listens; ends when its input is closed. What an
administrator may do to user and client is done by requests to /befall/...
"""

import os
import secrets
import sys
import threading

import django
from django.conf import settings

# By default a transaction begins as a reader's, whose wish to write SQLite turns down at once while
# another writes.
PATIENT = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA synchronous=OFF"}

APPS = ["auth", "contenttypes", "sessions"]

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY=secrets.token_hex(),
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    # Slow hashes would be most of what a test waits for.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=[*(f"django.contrib.{name}" for name in APPS), "oauth2_provider"],
    # Tables as they are now, and not by way of everything that they once were.
    MIGRATION_MODULES=dict.fromkeys([*APPS, "oauth2_provider"]),
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["DATABASE"],
            "OPTIONS": PATIENT,
        }
    },
    OAUTH2_PROVIDER={
        "SCOPES": {"notes": "Notes", "introspection": "Introspection"},
        "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ["ACCESS_SECONDS"]),
        "REFRESH_TOKEN_EXPIRE_SECONDS": int(os.environ["REFRESH_SECONDS"]),
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": int(os.environ["GRACE_SECONDS"]),
        "OIDC_ENABLED": False,
    },
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from oauth2_provider.models import Application, RefreshToken  # noqa: E402


@csrf_exempt
def refresh_token_lives(request):
    """The package introspects access tokens only."""
    found = RefreshToken.objects.filter(token=request.POST["token"], revoked__isnull=True)
    return JsonResponse({"active": found.exists()})


@csrf_exempt
def user_disabled(_):
    User.objects.update(is_active=False)
    return JsonResponse({})


@csrf_exempt
def client_removed(_):
    Application.objects.all().delete()
    return JsonResponse({})


urlpatterns = [
    path("befall/user-disabled", user_disabled),
    path("befall/client-removed", client_removed),
    path("refresh-token-lives/", refresh_token_lives),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def furnish():
    call_command("migrate", run_syncdb=True, verbosity=0)
    user = User.objects.create_user(os.environ["USERNAME"], password=os.environ["PASSWORD"])
    Application.objects.create(
        name="keeper",
        user=user,
        client_id=os.environ["CLIENT_ID"],
        client_secret=os.environ["CLIENT_SECRET"],
        hash_client_secret=False,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_PASSWORD,
        skip_authorization=True,
    )


def end_with_our_starter():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_our_starter, daemon=True).start()
    furnish()
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
