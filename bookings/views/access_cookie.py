"""The access codes that a visitor entered, in a signed cookie: known ones only, so that guessing goes by the page.

They open nothing by themselves: each is looked at again wherever something is shown or held.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

NAME = "access"
SALT = "bookings.access"
MOST_KEPT = 5
KEPT_SECONDS = 30 * 24 * 3600


def read_codes(request: HttpRequest) -> list[str]:
    """The one that was entered last comes first."""
    given = request.COOKIES.get(NAME)
    if not given:
        return []
    try:
        return [str(code) for code in signing.loads(given, salt=SALT, max_age=KEPT_SECONDS)][:MOST_KEPT]
    except signing.BadSignature:
        return []


def keep_code(request: HttpRequest, response: HttpResponse, code: str) -> None:
    codes = [code, *(each for each in read_codes(request) if each != code)][:MOST_KEPT]
    response.set_cookie(
        NAME,
        signing.dumps(codes, salt=SALT),
        max_age=KEPT_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
