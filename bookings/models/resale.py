from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.ticket import Ticket


class Resale(models.Model):
    """A ticket that its owner offered back at face value; its place is on sale like any other.

    While it is open the ticket is `OFFERED`: void at the gate, and valid again when it is taken back or nobody
    bought it. The owner is paid when the place is sold.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("On sale")
        SOLD = "sold", _("Sold")
        WITHDRAWN = "withdrawn", _("Taken back")
        UNSOLD = "unsold", _("Not sold")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="resales", verbose_name=_("ticket"))
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(_("offered"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("resale")
        verbose_name_plural = _("resales")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "ticket"], name="resale_status_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.get_status_display()}"
