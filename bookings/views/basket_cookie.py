"""The basket without an account: a cookie with the booking's private key."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from bookings.selectors import find_basket

NAME = "basket"


def get_basket(request: HttpRequest) -> Booking | None:
    booking = find_basket(request.COOKIES.get(NAME), timezone.now())
    return booking if booking is not None and is_theirs(request, booking) else None


def get_last_basket(request: HttpRequest) -> Booking | None:
    """What the cookie names, also when its time is over."""
    last = Booking.objects.filter(access_key=request.COOKIES.get(NAME, "-")).first()
    return last if last is not None and is_theirs(request, last) else None


def is_theirs(request: HttpRequest, booking: Booking) -> bool:
    """Who signs out leaves the cookie behind: the next person at this computer learns no name and number from it."""
    return booking.buyer_id is None or booking.buyer_id == request.user.pk


def keep_basket(response: HttpResponse, booking: Booking) -> None:
    response.set_cookie(
        NAME,
        booking.access_key,
        max_age=int(settings.HOLD_CAP.total_seconds()),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def forget_basket(response: HttpResponse) -> None:
    response.delete_cookie(NAME, samesite="Lax")


def buyer_of(request: HttpRequest) -> User | None:
    """The signed-in person; a guest without a session costs no query."""
    return request.user if request.user.is_authenticated else None
