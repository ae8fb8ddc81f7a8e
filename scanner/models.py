from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models import Ticket
from events.models import EventSession


class Scan(models.Model):
    """One presentation of a ticket at the gate; its nonce makes a repeated request harmless."""

    class Result(models.TextChoices):
        GRANTED = "granted", _("Entry granted")
        REJECTED = "rejected", _("Entry rejected")

    class Reason(models.TextChoices):
        NONE = "", ""
        ALREADY_USED = "already_used", _("Already used")
        UNKNOWN = "unknown", _("Not a ticket of ours")
        FORGED = "forged", _("The signature is wrong")
        REPLACED = "replaced", _("A newer version of this ticket exists")
        VOID = "void", _("Cancelled")
        OFFERED = "offered", _("Offered for resale")
        OTHER_SESSION = "other_session", _("For another session")
        SESSION_CANCELLED = "session_cancelled", _("The session is cancelled")

    nonce = models.CharField(max_length=64, unique=True)
    event_session = models.ForeignKey(EventSession, models.PROTECT, related_name="scans", verbose_name=_("session"))
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="scans", verbose_name=_("ticket")
    )
    result = models.CharField(_("result"), max_length=10, choices=Result)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    scanned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="scans", verbose_name=_("scanned by")
    )
    scanned_at = models.DateTimeField(_("scanned"))

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_result_display()} {self.scanned_at:%H:%M:%S}"
