"""What a visitor carries: who they are, their number, their pass. Signed, so that we need no row of any of them.

Times are Redis' own, in milliseconds: the clocks of our servers may differ.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hmac import HMAC

from django.core.signing import BadSignature, Signer, b64_encode
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes


class _Signed:
    """A few short fields and a signature of its own kind, so that no kind can be passed off as another."""

    FIELDS: int

    @classmethod
    def _seal(cls, *fields: object) -> str:
        return signer(cls.__name__).sign("~".join(map(str, fields)))

    @classmethod
    def _open(cls, text: str | None) -> list[str] | None:
        """The fields; None for nothing, and for what we did not sign."""
        if not text or len(text) > 300:
            return None
        try:
            fields = signer(cls.__name__).unsign(text).split("~")
        except BadSignature:
            return None
        return fields if len(fields) == cls.FIELDS else None


class QuickSigner(Signer):
    """Django's signatures, with each key made once: a crowd's cookies are read and written all the time."""

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        mac = keyed(str(self.salt) + "signer", key or self.key).copy()
        mac.update(force_bytes(value))
        return b64_encode(mac.digest()).decode()


@cache
def keyed(salt: str, key: str | bytes) -> HMAC:
    return salted_hmac(salt, b"", key, algorithm="sha256")


@cache
def signer(kind: str) -> Signer:
    return QuickSigner(salt=f"waitingroom.{kind}")


@dataclass(frozen=True, slots=True)
class Visitor(_Signed):
    """A browser, and the account that is signed in with it (0: nobody)."""

    FIELDS = 2

    device: str
    user_id: int = 0

    @property
    def holder(self) -> str:
        """Whose pass it would be: the account's, for guests the device's."""
        return f"u{self.user_id}" if self.user_id else f"d{self.device}"

    def seal(self) -> str:
        return self._seal(self.device, self.user_id)

    @classmethod
    def open(cls, text: str | None) -> "Visitor | None":
        fields = cls._open(text)
        return cls(fields[0], int(fields[1])) if fields else None


@dataclass(frozen=True, slots=True)
class Ticket(_Signed):
    """A number in one queue, of one device: good for a place wherever they sign in meanwhile."""

    FIELDS = 3

    queue_id: int
    number: int
    device: str

    def seal(self) -> str:
        return self._seal(self.queue_id, self.number, self.device)

    @classmethod
    def open(cls, text: str | None, *, queue_id: int, device: str) -> "Ticket | None":
        """None for what is forged, another queue's or another device's."""
        fields = cls._open(text)
        ticket = cls(int(fields[0]), int(fields[1]), fields[2]) if fields else None
        return ticket if ticket and ticket.queue_id == queue_id and ticket.device == device else None


@dataclass(frozen=True, slots=True)
class Pass(_Signed):
    """The way into one event session's seats and checkout; whether it still opens the door is Redis' to say."""

    FIELDS = 5

    queue_id: int
    pass_id: str
    holder: str
    generation: int
    until_ms: int

    @property
    def until(self) -> datetime:
        """As it was given; places that it holds prolong it."""
        return datetime.fromtimestamp(self.until_ms / 1000, tz=UTC)

    def seal(self) -> str:
        return self._seal(self.queue_id, self.pass_id, self.holder, self.generation, self.until_ms)

    @classmethod
    def open(cls, text: str | None, *, queue_id: int) -> "Pass | None":
        """None for what is forged or another queue's."""
        fields = cls._open(text)
        if not fields or int(fields[0]) != queue_id:
            return None
        return cls(queue_id, fields[1], fields[2], int(fields[3]), int(fields[4]))
