"""How staff find a booking by what a customer reads to them."""

import re

from django.db.models import Q, QuerySet

from bookings.contacts import email_key
from bookings.models import READABLE, Booking, Ticket, Transfer

REFERENCE_LENGTH, CODE_LENGTH = 8, 12
FEWEST_DIGITS = 6  # Of a phone number: fewer would find half the town.
MOST_WORDS = 8


def search_bookings(bookings: QuerySet[Booking], text: str) -> QuerySet[Booking]:
    """By reference, ticket code (also one from before a transfer), phone number and email however they are written,
    or by the words of names. No card numbers: nobody shall be asked for them.
    """
    text = text.strip()
    found = _by_code(text) | _by_phone(text)
    found |= _by_address(text) if "@" in text else _by_words(text)
    return bookings.filter(found)


def _by_code(text: str) -> Q:
    """“acde fghj” and “ACDE-FGHJ” are ACDEFGHJ."""
    compact = re.sub(r"[\W_]", "", text).upper()
    if not set(compact) <= set(READABLE):
        return Q()
    if len(compact) == REFERENCE_LENGTH:
        return Q(reference=compact)
    if len(compact) == CODE_LENGTH:
        before = Transfer.objects.filter(old_code=compact).values("ticket__booking")
        return Q(pk__in=Ticket.objects.filter(code=compact).values("booking")) | Q(pk__in=before)
    return Q()


def _by_phone(text: str) -> Q:
    """“0660 123 45 67”, “+43 (0)660/1234567” and “0043-660-1234567” are +436601234567."""
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if len(digits) < FEWEST_DIGITS or re.search(r"[^\d\s()+./\-–]", text):
        return Q()
    return Q(phone__endswith=digits.lstrip("0"))


def _by_address(text: str) -> Q:
    key = email_key(text)
    received = Transfer.objects.filter(recipient_email__iexact=text).values("ticket__booking")
    ways = Q(email__icontains=text) | Q(buyer__email__icontains=text) | Q(pk__in=received)
    return ways | Q(email_key=key) if key else ways


def _by_words(text: str) -> Q:
    """Each word has to be there."""
    found = Q()
    for word in text.split()[:MOST_WORDS]:
        named = Ticket.objects.filter(Q(attendee__icontains=word) | Q(transfer__name__icontains=word))
        found &= (
            Q(name__icontains=word)
            | Q(reference__icontains=word)
            | Q(email__icontains=word)
            | Q(buyer__name__icontains=word)
            | Q(pk__in=named.values("booking"))
        )
    return found
