import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from payments.models.payment import CREDIT, Payment, origin_gateway

if TYPE_CHECKING:
    from payments.models.voucher import Voucher


class RefundQuerySet(models.QuerySet["Refund"]):
    def with_way(self) -> "RefundQuerySet":
        """`way` is each one's `gateway`, to count by."""
        as_credit = When(destination=Refund.Destination.CREDIT, then=Value(CREDIT))
        return self.annotate(way=Case(as_credit, default=origin_gateway("payment__")))

    def through(self, gateway: str) -> "RefundQuerySet":
        """Those that this provider gives, or was asked to give once."""
        carried = Q(payment__voucher__kind="change", payment__voucher__refund__payment__gateway=gateway)
        return self.filter(Q(payment__gateway=gateway) | carried)


class Refund(models.Model):
    """Money on its way back from one payment; a worker sends it and repeats until the provider answers.

    `key` says what it is for, so that asking twice for one thing makes one refund.
    """

    class Status(models.TextChoices):
        AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        REJECTED = "rejected", _("Rejected")

    # A failed one is sent again by staff, and may succeed at the provider without us.
    NEXT: ClassVar[dict[str, set[str]]] = {
        Status.AWAITING_APPROVAL: {Status.PENDING, Status.REJECTED},
        Status.PENDING: {Status.SUCCEEDED, Status.FAILED},
        Status.FAILED: {Status.PENDING, Status.SUCCEEDED},
        Status.SUCCEEDED: set(),
        Status.REJECTED: set(),
    }

    class Reason(models.TextChoices):
        LATE = "late", _("Paid after the places were gone")
        DUPLICATE = "duplicate", _("Paid twice")
        CANCELLED = "cancelled", _("Tickets cancelled")
        GOODWILL = "goodwill", _("Goodwill")
        CALLED_OFF = "called_off", _("Date cancelled by the organiser")
        RESCHEDULED = "rescheduled", _("Date moved by the organiser")
        CHANGED = "changed", _("Tickets changed")
        RESOLD = "resold", _("Sold to somebody else")

    class Destination(models.TextChoices):
        ORIGINAL = "original", _("The way it was paid")
        CREDIT = "credit", _("Credit")

    public_id = models.UUIDField(_("id"), default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(_("what for"), max_length=100, unique=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    amount = MoneyField(_("amount"), max_digits=12, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    destination = models.CharField(_("given as"), max_length=8, choices=Destination, default=Destination.ORIGINAL)
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PENDING)
    # Providers answer a repeated key with the first answer, so a new try after a failure needs a new key.
    tries = models.PositiveSmallIntegerField(_("tries"), default=1)
    provider_id = models.CharField(_("provider's id"), max_length=100, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("requested by")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    created_at = models.DateTimeField(_("created"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "created_at"], name="refund_status_created")]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_is_above_zero")]

    def __str__(self) -> str:
        return f"{self.payment.booking}, {self.amount}"

    def can_become(self, wanted: str) -> bool:
        return wanted in self.NEXT[self.status]

    @property
    def gateway(self) -> str:
        """Where the money goes: back to its provider, or to the customer's credit."""
        return CREDIT if self.destination == self.Destination.CREDIT else self.payment.origin.gateway

    @property
    def new_credit(self) -> "Voucher | None":
        """The voucher whose code the customer learns through it; None for one that they paid with before."""
        if hasattr(self, "voucher"):
            return self.voucher
        paid_with = self.payment.voucher
        return paid_with if paid_with is not None and paid_with.kind == paid_with.Kind.CHANGE else None

    @property
    def provider_reference(self) -> str:
        """The idempotency key of the present try."""
        return str(self.public_id) if self.tries == 1 else f"{self.public_id}/{self.tries}"
