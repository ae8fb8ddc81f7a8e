from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models.codes import make_access_key
from bookings.models.ticket import Ticket


class Transfer(models.Model):
    """A ticket on its way to somebody else, or theirs: `offer_key` lets one person accept it, `access_key` is their
    private link from then on.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Waits for the recipient")
        ACCEPTED = "accepted", _("Accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LAPSED = "lapsed", _("Lapsed")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="transfers", verbose_name=_("ticket"))
    # The transfer that brought it to the sender; empty when it comes from whoever booked.
    sender = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="passed_on", verbose_name=_("sent by")
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    # What the ticket's code was before it was accepted: a gate where someone types it says so.
    old_code = models.CharField(max_length=16, blank=True, default="", db_default="", editable=False, db_index=True)
    # Empty when it goes by link alone.
    email = models.EmailField(_("sent to"), blank=True, db_index=True)
    offer_key = models.CharField(max_length=32, unique=True, default=make_access_key, editable=False)
    access_key = models.CharField(max_length=32, unique=True, default=make_access_key, editable=False)
    name = models.CharField(_("recipient"), max_length=100, blank=True)
    recipient_email = models.EmailField(_("recipient's email"), blank=True, db_index=True)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="received_tickets",
        verbose_name=_("recipient's account"),
    )
    created_at = models.DateTimeField(_("sent"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        """The recipient's private link."""
        return reverse("bookings:received", args=[self.access_key])

    @property
    def offer_url(self) -> str:
        """Where one person may accept it."""
        return reverse("bookings:accept", args=[self.offer_key])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_accepted(self) -> bool:
        return self.status == self.Status.ACCEPTED

    @property
    def sender_name(self) -> str:
        """May be empty; needs the ticket's booking loaded, and the sender."""
        return self.sender.name if self.sender else self.ticket.booking.name

    @property
    def sender_email(self) -> str:
        return self.sender.recipient_email if self.sender else self.ticket.booking.email
