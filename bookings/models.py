import secrets
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money
from phonenumber_field.modelfields import PhoneNumberField

from bookings.errors import BookingStateError
from events.models import EventSession, TicketType
from promotions.models import PromoCode
from ticketing.money import tax_in
from venues.models import Seat, SeatCategory, Section

# No 0/O, 1/I/L, 5/S, 8/B, 2/Z, U/V: people read these aloud.
READABLE = "ACDEFGHJKMNPQRTWXY3479"


def make_reference() -> str:
    return "".join(secrets.choice(READABLE) for _ in range(8))


def make_ticket_code() -> str:
    """About 53 random bits: typed at the gate, never guessed."""
    return "".join(secrets.choice(READABLE) for _ in range(12))


def make_access_key() -> str:
    return secrets.token_urlsafe(18)


class Booking(models.Model):
    """A customer's basket through its whole life; `access_key` opens it without an account."""

    class Status(models.TextChoices):
        HELD = "held", _("held")
        AWAITING_PAYMENT = "awaiting_payment", _("awaiting payment")
        CONFIRMED = "confirmed", _("confirmed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    # A payment that failed gives the basket back; an expired booking is confirmed when its money
    # arrives late and places are found.
    NEXT: ClassVar[dict[str, set[str]]] = {
        Status.HELD: {Status.AWAITING_PAYMENT, Status.CONFIRMED, Status.CANCELLED, Status.EXPIRED},
        Status.AWAITING_PAYMENT: {Status.HELD, Status.CONFIRMED, Status.CANCELLED, Status.EXPIRED},
        Status.CONFIRMED: {Status.CANCELLED},
        Status.CANCELLED: set(),
        Status.EXPIRED: {Status.CONFIRMED},
    }

    reference = models.CharField(_("reference"), max_length=12, unique=True, default=make_reference, editable=False)
    access_key = models.CharField(max_length=32, unique=True, default=make_access_key, editable=False)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("buyer"),
    )
    name = models.CharField(_("first name"), max_length=100, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("email"), blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    promo_code = models.ForeignKey(
        PromoCode,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("promo code"),
        db_index=False,
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.HELD)
    created_at = models.DateTimeField(_("created"))
    held_until = models.DateTimeField(_("held until"))
    checkout_at = models.DateTimeField(_("first went to payment"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("cancelled or expired"), null=True, blank=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "held_until"], name="booking_status_held_until"),
            models.Index(fields=["promo_code", "status"], name="booking_promo_code_status"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("bookings:booking", args=[self.access_key])

    def move_to(self, wanted: Status) -> None:
        """Change status in memory or refuse; the caller holds the row lock and saves."""
        current = self.Status(self.status)
        if wanted not in self.NEXT[current]:
            raise BookingStateError(current=current.label, wanted=wanted.label)
        self.status = wanted

    @property
    def is_open(self) -> bool:
        return self.status in {self.Status.HELD, self.Status.AWAITING_PAYMENT}

    @property
    def is_confirmed(self) -> bool:
        return self.status == self.Status.CONFIRMED

    def is_live(self, now: datetime) -> bool:
        """Its places are surely the customer's until `held_until`."""
        return self.is_open and self.held_until > now


class PlaceQuerySet(models.QuerySet["Place"]):
    def free(self, now: datetime) -> "PlaceQuerySet":
        """Never held, released, or held by someone whose time ran out."""
        return self.filter(Q(state=Place.State.FREE) | Q(state=Place.State.HELD, held_until__lte=now))


class Place(models.Model):
    """One sellable unit in one event session: a seat, or one standing position.

    It belongs to at most one booking because it has one `booking` column.
    """

    class State(models.TextChoices):
        FREE = "free", _("Free")
        HELD = "held", _("Held")
        SOLD = "sold", _("Sold")
        BLOCKED = "blocked", _("Blocked")

    event_session = models.ForeignKey(EventSession, models.PROTECT, related_name="places", db_index=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="places", db_index=False)
    category = models.ForeignKey(SeatCategory, models.PROTECT, related_name="places")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="places", db_index=False)
    standing_number = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.FREE)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="places")
    held_until = models.DateTimeField(null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        # The column order lets each unique index serve a foreign key too; a stadium has 80,000 rows a session.
        constraints = [
            models.UniqueConstraint(fields=["seat", "event_session"], name="seat_once_a_session"),
            models.UniqueConstraint(
                fields=["section", "event_session", "standing_number"], name="standing_number_once_a_session"
            ),
            models.CheckConstraint(
                condition=Q(state="free", booking=None, held_until=None)
                | Q(state="held", booking__isnull=False, held_until__isnull=False)
                | Q(state="sold", booking__isnull=False, held_until=None)
                | Q(state="blocked", booking=None, held_until=None),
                name="place_state_fits_its_booking",
            ),
            models.CheckConstraint(
                condition=Q(seat__isnull=False, standing_number=None) | Q(seat=None, standing_number__isnull=False),
                name="place_is_a_seat_or_a_standing_position",
            ),
        ]
        indexes = [models.Index(fields=["event_session", "category", "state"], name="place_session_category_state")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """“Stalls, row C, seat 12” or “Floor, standing”; needs section and seat loaded."""
        if self.seat is None:
            return f"{self.section.name}, {_('standing')}"
        return _("%(section)s, row %(row)s, seat %(number)s") % {
            "section": self.section.name,
            "row": self.seat.row,
            "number": self.seat.number,
        }


class Block(models.Model):
    """Places that staff keep from sale in one event session, and why."""

    class Kind(models.TextChoices):
        HOUSE = "house", _("House seats")
        KILL = "kill", _("Cannot be sold")
        PLAN = "plan", _("Blocked in the plan")
        GONE = "gone", _("No longer in the plan")

    event_session = models.ForeignKey(EventSession, models.CASCADE, related_name="blocks", verbose_name=_("session"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    reason = models.CharField(_("reason"), max_length=200)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("blocked by")
    )
    created_at = models.DateTimeField(_("blocked"))

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reason


class BlockedPlace(models.Model):
    """Which block keeps a place; it exists exactly while the place is blocked."""

    # A table of its own, because a stadium has 80,000 places a session and blocks a few dozen.
    place = models.OneToOneField(Place, models.CASCADE, related_name="blocked", verbose_name=_("place"))
    block = models.ForeignKey(Block, models.CASCADE, related_name="blocked_places", verbose_name=_("block"))

    class Meta:
        verbose_name = _("blocked place")
        verbose_name_plural = _("blocked places")

    def __str__(self) -> str:
        return f"{self.block}: {self.place_id}"


class BookingItem(models.Model):
    """One place in a booking at the price agreed; kept after the booking expires."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="items", db_index=False)
    event_session = models.ForeignKey(EventSession, models.PROTECT, related_name="booking_items")
    place = models.ForeignKey(Place, models.PROTECT, related_name="items")
    ticket_type = models.ForeignKey(TicketType, models.PROTECT, related_name="+")
    price = MoneyField(_("price"), max_digits=10, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    fee = MoneyField(_("fee"), max_digits=10, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    tax_percent = models.DecimalField(_("tax in percent"), max_digits=5, decimal_places=2, default=0)
    # What the promo code took off: the price is what is paid.
    taken_off = models.DecimalField(_("taken off"), max_digits=10, decimal_places=2, default=0, db_default=0)

    class Meta:
        verbose_name = _("booked place")
        verbose_name_plural = _("booked places")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "place"], name="place_once_a_booking")]

    def __str__(self) -> str:
        return f"{self.booking}: {self.place_id}"

    @property
    def full_price(self) -> Money:
        """Before the promo code."""
        return Money(self.price.amount + self.taken_off, self.price.currency)

    @property
    def tax(self) -> Money:
        """The part of price and fee that is tax."""
        return tax_in(self.price, self.tax_percent) + tax_in(self.fee, self.tax_percent)


class Ticket(models.Model):
    """The right of entry for one place of a confirmed booking.

    `revision` rises with every reissue and so voids the codes before it.
    """

    class Status(models.TextChoices):
        VALID = "valid", _("Valid")
        VOID = "void", _("Void")

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="tickets", verbose_name=_("booking"))
    item = models.OneToOneField(BookingItem, models.PROTECT, related_name="ticket")
    event_session = models.ForeignKey(EventSession, models.PROTECT, related_name="tickets", verbose_name=_("session"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="tickets")
    code = models.CharField(_("code"), max_length=16, unique=True, default=make_ticket_code, editable=False)
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    status = models.CharField(_("status"), max_length=5, choices=Status, default=Status.VALID)
    issued_at = models.DateTimeField(_("issued"))
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    attendee = models.CharField(_("attendee"), max_length=100, blank=True, default="", db_default="")
    # Unique where the ticket is valid: MySQL has no conditional unique index.
    valid_place = models.GeneratedField(
        expression=Case(When(status="valid", then=F("place"))),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["valid_place"], name="one_valid_ticket_per_place")]

    def __str__(self) -> str:
        return self.spoken_code

    @property
    def holder(self) -> str:
        """Who comes with it: the attendee, else who booked; needs the booking loaded."""
        return self.attendee or self.booking.name

    def may_be_named(self, now: datetime) -> bool:
        """Until the doors open; needs the session loaded."""
        doors_at = self.event_session.doors_at or self.event_session.starts_at
        return self.status == self.Status.VALID and self.checked_in_at is None and now < doors_at

    @property
    def spoken_code(self) -> str:
        """In groups of four: ACDE-FGHJ-KMNP."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))
