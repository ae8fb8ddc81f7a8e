from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from bookings.models.booking import Booking
from bookings.models.codes import make_access_key
from events.models import EventSession


class WaitingEntry(models.Model):
    """One party's place on the waiting list of a sold-out session; `access_key` is its private link.

    Offers go out in order of the key. An offer is a basket, `booking`, kept until `offered_until`.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Has an offer")
        BOOKED = "booked", _("Booked")
        MISSED = "missed", _("Missed the offer")
        LEFT = "left", _("Left the list")
        CLOSED = "closed", _("The list closed")

    event_session = models.ForeignKey(
        EventSession, models.PROTECT, related_name="waiting_entries", verbose_name=_("session"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="waiting_entries",
        verbose_name=_("account"),
    )
    name = models.CharField(_("first name"), max_length=100)
    email = models.EmailField(_("email"))
    # The address as `bookings.contacts.email_key` compares it: one place per person.
    email_key = models.CharField(max_length=254, editable=False)
    phone = PhoneNumberField(_("phone"), blank=True)
    party_size = models.PositiveSmallIntegerField(_("places wanted"), validators=[MinValueValidator(1)])
    # Names of seat categories, which stay the same from one plan to the next; none: any.
    categories = models.JSONField(_("wished categories"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.WAITING)
    access_key = models.CharField(max_length=32, unique=True, default=make_access_key, editable=False)
    booking = models.OneToOneField(
        Booking, models.PROTECT, null=True, blank=True, related_name="waiting_entry", verbose_name=_("booking")
    )
    offered_until = models.DateTimeField(_("offer kept until"), null=True, blank=True)
    created_at = models.DateTimeField(_("joined"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # Unique while it waits: MySQL has no conditional unique index.
    active_key = models.GeneratedField(
        expression=Case(When(status__in=["waiting", "offered"], then=F("email_key"))),
        output_field=models.CharField(max_length=254, null=True),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("waiting list entry")
        verbose_name_plural = _("waiting list entries")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event_session", "active_key"], name="one_place_on_the_list_per_person")
        ]
        indexes = [models.Index(fields=["event_session", "status"], name="waiting_session_status")]

    def __str__(self) -> str:
        return f"{self.name}, {self.party_size}"

    def get_absolute_url(self) -> str:
        return reverse("bookings:waiting_entry", args=[self.access_key])
