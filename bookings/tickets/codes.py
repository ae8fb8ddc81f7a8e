"""What a ticket's QR code says, signed so that a gate can check it without a network.

    version   1 byte    the layout below
    ticket    8 bytes   Ticket.pk, big-endian
    revision  2 bytes   Ticket.revision; a reissue raises it and so voids the codes before
    signature 64 bytes  Ed25519 over CONTEXT and the eleven bytes before

75 bytes are exactly 120 base32 letters: no padding, no spare bits (so no second spelling of
one code), and QR's compact alphanumeric mode, which keeps the squares big on a small screen.
"""

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from bookings.errors import ForgedCodeError, UnknownCodeError

VERSION = 1
CODE_LENGTH = 120
PAYLOAD_BYTES = 11
# Keeps a signature made for anything else with the same key from passing as a ticket.
CONTEXT = b"houselights ticket\x00"


class TicketCode(NamedTuple):
    """What a genuine code claims; whether the ticket is still valid, only the database knows."""

    ticket_id: int
    revision: int


def sign_ticket(ticket_id: int, revision: int) -> str:
    """The text for the QR code of one ticket: the same each time for the same key."""
    payload = bytes([VERSION]) + ticket_id.to_bytes(8, "big") + revision.to_bytes(2, "big")
    signature = read_keys(tuple(settings.TICKET_SIGNING_KEYS))[0].sign(CONTEXT + payload)
    return base64.b32encode(payload + signature).decode("ascii")


def read_code(text: str) -> TicketCode:
    """Check a scanned text, whichever of our keys signed it.

    Raises UnknownCodeError for what never was a ticket and ForgedCodeError for a wrong signature.
    """
    data = decode(text)
    payload, signature = data[:PAYLOAD_BYTES], data[PAYLOAD_BYTES:]
    if not any(is_signed_by(key, payload, signature) for key in read_keys(tuple(settings.TICKET_SIGNING_KEYS))):
        raise ForgedCodeError
    return TicketCode(int.from_bytes(payload[1:9], "big"), int.from_bytes(payload[9:], "big"))


def looks_signed(text: str) -> bool:
    """A QR text rather than a code that someone typed."""
    return len(text.strip()) == CODE_LENGTH


def public_keys() -> list[str]:
    """Base64 public keys, current one first, for gates that check tickets without a network."""
    keys = read_keys(tuple(settings.TICKET_SIGNING_KEYS))
    return [base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii") for key in keys]


def make_key() -> str:
    """A new value for the front of TICKET_SIGNING_KEYS."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode("ascii")


def decode(text: str) -> bytes:
    if not looks_signed(text):
        raise UnknownCodeError
    try:
        # A keyboard scanner types small letters when Caps Lock is on.
        data = base64.b32decode(text.strip(), casefold=True)
    except (binascii.Error, ValueError):
        raise UnknownCodeError from None
    if len(data) != PAYLOAD_BYTES + 64 or data[0] != VERSION:
        raise UnknownCodeError
    return data


def is_signed_by(key: Ed25519PrivateKey, payload: bytes, signature: bytes) -> bool:
    try:
        key.public_key().verify(signature, CONTEXT + payload)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=8)
def read_keys(encoded: Sequence[str]) -> list[Ed25519PrivateKey]:
    if not encoded:
        raise ImproperlyConfigured("TICKET_SIGNING_KEYS is empty; make a key with: python manage.py make_ticket_key")
    try:
        return [Ed25519PrivateKey.from_private_bytes(base64.b64decode(key, validate=True)) for key in encoded]
    except ValueError:
        # The reason would quote the key.
        raise ImproperlyConfigured("TICKET_SIGNING_KEYS holds something that is not base64 of 32 bytes.") from None
