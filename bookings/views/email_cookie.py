"""The addresses that a visitor has shown to be theirs, in a signed cookie, so that nobody is asked twice.

It names none of them: the next person at this computer learns no address from it.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

NAME = "emails"
SALT = "bookings.emails"
MOST_KEPT = 5
KEPT_SECONDS = 30 * 24 * 3600


def is_remembered(request: HttpRequest, key: str) -> bool:
    """`key` is an address as `bookings.contacts.email_key` has it."""
    return bool(key) and _mark(key) in _read_marks(request)


def remember_email(request: HttpRequest, response: HttpResponse, key: str) -> None:
    marks = [_mark(key), *(each for each in _read_marks(request) if each != _mark(key))][:MOST_KEPT]
    response.set_cookie(
        NAME,
        signing.dumps(marks, salt=SALT),
        max_age=KEPT_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _mark(key: str) -> str:
    return salted_hmac(SALT, key, algorithm="sha256").hexdigest()[:32]


def _read_marks(request: HttpRequest) -> list[str]:
    given = request.COOKIES.get(NAME)
    if not given:
        return []
    try:
        return [str(mark) for mark in signing.loads(given, salt=SALT, max_age=KEPT_SECONDS)]
    except signing.BadSignature:
        return []
