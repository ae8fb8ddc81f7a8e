from django.conf import settings
from django.db import models
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
    # Empty when it goes by link alone.
    email = models.EmailField(_("sent to"), blank=True)
    offer_key = models.CharField(max_length=32, unique=True, default=make_access_key, editable=False)
    access_key = models.CharField(max_length=32, unique=True, default=make_access_key, editable=False)
    name = models.CharField(_("recipient"), max_length=100, blank=True)
    recipient_email = models.EmailField(_("recipient's email"), blank=True)
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
