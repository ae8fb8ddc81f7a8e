from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from payments.models.payment import Payment
from payments.models.refund import Refund


class Reconciliation(models.Model):
    """One comparison of a gateway's own list with ours, over what was made in a span of time."""

    gateway = models.CharField(_("gateway"), max_length=20)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"))
    payments = models.PositiveIntegerField(_("payments compared"), default=0)
    refunds = models.PositiveIntegerField(_("refunds compared"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.gateway}, {self.since:%Y-%m-%d %H:%M}"


class Discrepancy(models.Model):
    """Something on which a gateway's list and ours do not agree; found again, it stays one row."""

    class Kind(models.TextChoices):
        UNKNOWN_PAYMENT = "unknown_payment", _("Paid, and no booking has it")
        MISSED_PAYMENT = "missed_payment", _("Paid there, not yet here")
        MISSING_PAYMENT = "missing_payment", _("Paid here, and not there")
        PAYMENT_AMOUNT = "payment_amount", _("Paid amount differs")
        UNKNOWN_REFUND = "unknown_refund", _("Refunded there, unknown here")
        MISSED_REFUND = "missed_refund", _("Refunded there, not yet here")
        MISSING_REFUND = "missing_refund", _("Refunded here, and not there")
        REFUND_AMOUNT = "refund_amount", _("Refunded amount differs")
        CHARGEBACK = "chargeback", _("Taken back by the customer's bank")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        REPAIRED = "repaired", _("Repaired")
        GONE = "gone", _("Gone by itself")
        DISMISSED = "dismissed", _("Dismissed")

    gateway = models.CharField(_("gateway"), max_length=20)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    provider_id = models.CharField(_("provider's id"), max_length=100)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="discrepancies", verbose_name=_("payment")
    )
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, related_name="discrepancies", verbose_name=_("refund")
    )
    ours = models.DecimalField(_("our amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    theirs = models.DecimalField(_("their amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    note = models.CharField(_("note"), max_length=300, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    # A repair above the limit that waits for somebody else than its asker.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    found_at = models.DateTimeField(_("found"))
    resolved_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["gateway", "kind", "provider_id"], name="discrepancy_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.provider_id}"
