from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money
from phonenumber_field.modelfields import PhoneNumberField

from bookings.contacts import email_key
from bookings.errors import BookingStateError
from bookings.models.codes import make_access_key, make_reference
from bookings.models.place import Place
from events.models import EventSession, TicketType
from promotions.models import PromoCode
from ticketing.money import tax_in


class Booking(models.Model):
    """A customer's basket through its whole life; `access_key` opens it without an account."""

    class Status(models.TextChoices):
        HELD = "held", _("held")
        AWAITING_PAYMENT = "awaiting_payment", _("awaiting payment")
        CONFIRMED = "confirmed", _("confirmed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    # Still on its way to be paid for.
    OPEN: ClassVar[tuple[str, ...]] = (Status.HELD, Status.AWAITING_PAYMENT)
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
    # The address as `bookings.contacts.email_key` compares it; follows it in `save`.
    email_key = models.CharField(max_length=254, blank=True, default="", db_default="", editable=False)
    # The last of these that somebody has shown to be theirs, where a session asks for it.
    verified_key = models.CharField(max_length=254, blank=True, default="", db_default="", editable=False)
    # By staff. Credit would go to the new address, so from then on it waits for somebody else.
    email_corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("address corrected by"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    # A change: this basket's places take the place of those tickets of that booking, at the moment it is confirmed.
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=_("replaces")
    )
    # Of a change: the booking that it goes back to, over all changes in between. Together they are one use of a code.
    first = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("first booking")
    )
    # Staff, who may not give back alone what is above the limit by changing either.
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("change begun by"),
    )
    gives_up = models.ManyToManyField(
        "bookings.Ticket", blank=True, related_name="given_up_for", verbose_name=_("tickets given up")
    )
    promo_code = models.ForeignKey(
        PromoCode,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("promo code"),
        db_index=False,
    )
    # What a gift voucher costs that is bought with it, instead of places.
    gift_amount = models.DecimalField(
        _("gift voucher"), max_digits=10, decimal_places=2, default=0, db_default=0, editable=False
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
            models.Index(fields=["email_key"], name="booking_email_key"),
            models.Index(fields=["phone"], name="booking_phone"),
        ]

    def __str__(self) -> str:
        return self.reference

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None and "email" in update_fields:
            update_fields = {*update_fields, "email_key"}
        self.email_key = email_key(self.email)
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("bookings:booking", args=[self.access_key])

    def move_to(self, wanted: Status) -> None:
        """Change status in memory or refuse; the caller holds the row lock and saves."""
        current = self.Status(self.status)
        if wanted not in self.NEXT[current]:
            raise BookingStateError(current=current.label, wanted=wanted.label)
        self.status = wanted

    @property
    def chain_id(self) -> int:
        """What a booking and all of its changes have in common: the key of the first of them."""
        return self.first_id or self.pk

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_confirmed(self) -> bool:
        return self.status == self.Status.CONFIRMED

    def is_live(self, now: datetime) -> bool:
        """Its places are surely the customer's until `held_until`."""
        return self.is_open and self.held_until > now


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
