import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from bookings.models import Booking


class Payment(models.Model):
    """One attempt to collect a booking's total; its public id is also the idempotency key."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        REFUNDED = "refunded", _("Refunded")

    # A failed attempt may still be paid: customers retry on the provider's page.
    NEXT: ClassVar[dict[str, set[str]]] = {
        Status.PENDING: {Status.PAID, Status.FAILED},
        Status.FAILED: {Status.PAID},
        Status.PAID: {Status.REFUNDED},
        Status.REFUNDED: set(),
    }

    class Failure(models.TextChoices):
        NONE = "", ""
        DECLINED = "declined", _("Declined")
        ABANDONED = "abandoned", _("Abandoned")
        EXPIRED = "expired", _("Expired")
        UNREACHABLE = "unreachable", _("Provider unreachable")
        MISMATCH = "mismatch", _("Amount differs")

    public_id = models.UUIDField(_("id"), default=uuid.uuid4, unique=True, editable=False)
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="payments", verbose_name=_("booking"))
    gateway = models.CharField(_("gateway"), max_length=20)
    provider_id = models.CharField(_("provider's id"), max_length=100, null=True, blank=True)  # noqa: DJ001
    amount = MoneyField(_("amount"), max_digits=12, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    failure = models.CharField(_("why it failed"), max_length=20, choices=Failure, blank=True)
    page_url = models.URLField(_("provider's page"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-pk"]
        # NULL until the provider answered; NULLs are distinct in a unique index.
        constraints = [models.UniqueConstraint(fields=["gateway", "provider_id"], name="provider_payment_once")]
        indexes = [models.Index(fields=["status", "created_at"], name="payment_status_created")]

    def __str__(self) -> str:
        return f"{self.booking}, {self.amount}"

    def get_absolute_url(self) -> str:
        return reverse("payments:return", args=[self.public_id])

    def can_become(self, wanted: str) -> bool:
        return wanted in self.NEXT[self.status]


class Refund(models.Model):
    """Money on its way back; a worker sends it and repeats until the provider answers."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    class Reason(models.TextChoices):
        LATE = "late", _("Paid after the places were gone")
        DUPLICATE = "duplicate", _("Paid twice")
        CANCELLED = "cancelled", _("Booking cancelled")

    public_id = models.UUIDField(_("id"), default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    amount = MoneyField(_("amount"), max_digits=12, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    provider_id = models.CharField(_("provider's id"), max_length=100, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["payment", "reason"], name="one_refund_per_payment_and_reason")]

    def __str__(self) -> str:
        return f"{self.payment.booking}, {self.amount}"


class ProviderEvent(models.Model):
    """What a provider told us, kept once."""

    provider = models.CharField(_("provider"), max_length=20)
    event_id = models.CharField(_("event id"), max_length=100)
    kind = models.CharField(_("kind"), max_length=60)
    payload = models.JSONField(_("payload"), default=dict)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}"
