import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from bookings.models import Booking
from payments.methods import Method

# In the books credit is a provider like any other; there is no network behind it, and nobody to ask.
CREDIT = "credit"


def origin_gateway(path: str = "") -> Case:
    """The gateway of `Payment.origin` in a query; `path` leads to the payment."""
    carried = When(**{f"{path}voucher__kind": "change"}, then=f"{path}voucher__refund__payment__gateway")
    return Case(carried, default=f"{path}gateway")


class PaymentQuerySet(models.QuerySet["Payment"]):
    def at_providers(self) -> "PaymentQuerySet":
        """Attempts that somebody else can be asked about; credit goes the way of the attempt it is a part of."""
        return self.exclude(gateway=CREDIT)

    def with_way(self) -> "PaymentQuerySet":
        """`way` is the gateway of each one's `origin`, to count by."""
        return self.annotate(way=origin_gateway())


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
    method = models.CharField(_("way to pay"), max_length=12, choices=Method, default=Method.CARD)
    saved_method = models.ForeignKey(
        "payments.SavedMethod",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("saved way to pay"),
    )
    # The page keeps the card that is typed into it, for its owner's next time.
    saves_card = models.BooleanField(_("card is saved"), default=False)
    # Credit that pays a part of the same attempt: reserved with it, spent with it, given back with it.
    credit = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="rest", verbose_name=_("with credit")
    )
    voucher = models.ForeignKey(
        "payments.Voucher",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("voucher"),
    )
    provider_id = models.CharField(_("provider's id"), max_length=100, null=True, blank=True)  # noqa: DJ001
    amount = MoneyField(_("amount"), max_digits=12, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    failure = models.CharField(_("why it failed"), max_length=20, choices=Failure, blank=True)
    page_url = models.URLField(_("provider's page"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("created"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

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

    @property
    def is_credit(self) -> bool:
        return self.gateway == CREDIT

    @property
    def origin(self) -> "Payment":
        """Where the money lies: what a change carried over is still at the provider that was paid first."""
        if self.voucher is None or self.voucher.kind != self.voucher.Kind.CHANGE or self.voucher.refund is None:
            return self
        return self.voucher.refund.payment

    def can_become(self, wanted: str) -> bool:
        return wanted in self.NEXT[self.status]
