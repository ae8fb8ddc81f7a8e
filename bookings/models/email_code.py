import secrets
from datetime import datetime, timedelta

from django.db import models
from django.utils.crypto import constant_time_compare, salted_hmac

from bookings.models.booking import Booking

SALT = "bookings.email-code"
MOST_TRIES = 5


def make_nonce() -> str:
    return secrets.token_urlsafe(24)


class EmailCode(models.Model):
    """The code that a basket's guest was mailed last, to show that `email` reaches them.

    The digits are kept nowhere: they follow from this row and the site's secret key, so that neither a copy of the
    database nor a log tells them.
    """

    LIFE = timedelta(minutes=15)

    booking = models.OneToOneField(Booking, models.CASCADE, related_name="email_code")
    email = models.EmailField()
    # Another one makes another code.
    nonce = models.CharField(max_length=32, default=make_nonce)
    # Codes mailed for this basket, this one included.
    sent = models.PositiveSmallIntegerField(default=0)
    # Counted before they are compared.
    tries = models.PositiveSmallIntegerField(default=0)
    valid_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.booking_id}: {self.sent}"

    @property
    def digits(self) -> str:
        """For the mail alone."""
        mac = salted_hmac(SALT, f"{self.booking_id}:{self.nonce}:{self.email}", algorithm="sha256")
        return f"{int.from_bytes(mac.digest()[:8]) % 1_000_000:06}"

    def is_spent(self, now: datetime) -> bool:
        return self.tries >= MOST_TRIES or self.valid_until <= now

    def fits(self, typed: str) -> bool:
        """Takes as long whatever was typed; the caller counted the try."""
        return constant_time_compare(typed, self.digits)
