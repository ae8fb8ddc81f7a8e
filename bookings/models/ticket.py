from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, When
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking, BookingItem
from bookings.models.codes import make_ticket_code
from bookings.models.place import Place
from events.models import EventSession


class Ticket(models.Model):
    """The right of entry for one place of a confirmed booking.

    `revision` rises with every reissue and so voids the codes before it.
    """

    class Status(models.TextChoices):
        VALID = "valid", _("Valid")
        # Its place is on sale again; it opens no door until it is taken back.
        OFFERED = "offer", _("Offered for resale")
        VOID = "void", _("Void")

    # Paid for and not given back: its booking stands while one of them is left.
    STANDING: ClassVar[tuple[str, ...]] = (Status.VALID, Status.OFFERED)

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
    # Who got it from whoever booked; only they see its code then.
    transfer = models.OneToOneField(
        "bookings.Transfer", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("transfer")
    )
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
        """By who booked, until the doors open or it is somebody else's; needs the session loaded."""
        is_theirs = self.status == self.Status.VALID and self.transfer_id is None
        return is_theirs and self.checked_in_at is None and not self.are_doors_open(now)

    def are_doors_open(self, now: datetime) -> bool:
        """Needs the session loaded."""
        return now >= (self.event_session.doors_at or self.event_session.starts_at)

    @property
    def changed_into(self) -> Booking | None:
        """The booking that took its place, of a ticket that is void because of that."""
        return self.given_up_for.exclude(confirmed_at=None).first()

    @property
    def spoken_code(self) -> str:
        """In groups of four: ACDE-FGHJ-KMNP."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))
