from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from payments.models.payment import Payment


class Dispute(models.Model):
    """A customer's bank took money back (a chargeback); staff answer it at the provider's desk."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    # Whether it is decided -> the states in which the money is the bank's, or may become so.
    TAKES: ClassVar[dict[bool, list[str]]] = {True: [Status.LOST], False: [Status.OPEN, Status.LOST]}
    # No bank's word but ours begins like this: money that was never there.
    WRITTEN_OFF = "written-off-"

    gateway = models.CharField(_("gateway"), max_length=20)
    provider_id = models.CharField(_("provider's id"), max_length=100)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes", verbose_name=_("payment"))
    amount = MoneyField(_("amount"), max_digits=12, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    status = models.CharField(_("status"), max_length=4, choices=Status, default=Status.OPEN)
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("chargeback")
        verbose_name_plural = _("chargebacks")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["gateway", "provider_id"], name="dispute_once")]

    def __str__(self) -> str:
        return f"{self.payment.booking}, {self.amount}"
