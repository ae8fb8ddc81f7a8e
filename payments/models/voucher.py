import secrets
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money

from bookings.models import READABLE


def make_voucher_code() -> str:
    """About 70 random bits: worth money to whoever knows it, so never guessed."""
    return "".join(secrets.choice(READABLE) for _ in range(16))


class Voucher(models.Model):
    """Credit with a balance; whoever has the code may pay with it, a part now and the rest another day."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("Instead of money back")
        GOODWILL = "goodwill", _("Goodwill")
        GIFT = "gift", _("Gift")
        CHANGE = "change", _("Towards changed tickets")

    code = models.CharField(_("code"), max_length=20, unique=True, default=make_voucher_code, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    amount = MoneyField(_("amount"), max_digits=12, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    # In the amount's currency; what payments under way have reserved is not in it.
    balance = models.DecimalField(_("balance"), max_digits=12, decimal_places=2)
    refund = models.OneToOneField(
        "payments.Refund", models.PROTECT, null=True, blank=True, related_name="voucher", verbose_name=_("refund")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="vouchers",
        verbose_name=_("owner"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    # Taken off it: what a bank took back of the payment behind it, and what staff made void.
    voided = models.DecimalField(_("void"), max_digits=12, decimal_places=2, default=0)
    # Set by staff: nothing can be spent any more, and what comes back to it becomes void too.
    voided_at = models.DateTimeField(_("made void"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    void_reason = models.CharField(_("why it is void"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="voucher_is_not_overdrawn"),
            models.CheckConstraint(condition=models.Q(voided__gte=0), name="voucher_void_is_a_sum"),
        ]

    def __str__(self) -> str:
        return f"…{self.code[-4:]}"

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    @property
    def is_void(self) -> bool:
        """Made void by staff, or all that was left of it taken back by a bank."""
        return self.voided_at is not None or bool(self.voided and not self.balance)

    @property
    def last_day(self) -> date | None:
        return timezone.localdate(self.expires_at) if self.expires_at else None

    @property
    def left(self) -> Money:
        """What may still be spent."""
        return Money(self.balance, self.amount.currency)

    @property
    def voided_sum(self) -> Money:
        return Money(self.voided, self.amount.currency)

    @property
    def spoken_code(self) -> str:
        """In groups of four: ACDE-FGHJ-KMNP-QRTW."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))
