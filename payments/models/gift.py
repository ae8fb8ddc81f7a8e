from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from bookings.models import Booking
from payments.models.voucher import Voucher


class GiftQuerySet(models.QuerySet["GiftVoucher"]):
    def undecided(self) -> "GiftQuerySet":
        """Those that staff want to give, and a second person has not agreed to yet."""
        return self.exclude(reason="").filter(booking__status=Booking.Status.HELD)


class GiftVoucher(models.Model):
    """A voucher that somebody buys, or staff give, for somebody else.

    Its booking has no places and costs `gift_amount`. There is a voucher from when that is confirmed.
    """

    booking = models.OneToOneField(Booking, models.PROTECT, related_name="gift", verbose_name=_("booking"))
    amount = MoneyField(_("amount"), max_digits=10, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    recipient_name = models.CharField(_("for"), max_length=100)
    recipient_email = models.EmailField(_("their email"), blank=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    deliver_on = models.DateField(_("sent on"))
    voucher = models.OneToOneField(
        Voucher, models.PROTECT, null=True, blank=True, related_name="gift", verbose_name=_("voucher")
    )
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # Of those that nobody paid: who gave it, and why; above the limit a second person decides.
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    objects = GiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift voucher")
        verbose_name_plural = _("gift vouchers")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["sent_at", "deliver_on"], name="gift_sent_deliver")]

    def __str__(self) -> str:
        return f"{self.amount}, {self.recipient_name}"

    @property
    def is_given(self) -> bool:
        """By staff, who always say why. Their accounts may be gone."""
        return bool(self.reason)

    @property
    def is_undecided(self) -> bool:
        """Needs the booking loaded."""
        return self.is_given and self.booking.status == Booking.Status.HELD

    def is_due(self, now: datetime) -> bool:
        return self.sent_at is None and self.deliver_on <= timezone.localdate(now)
