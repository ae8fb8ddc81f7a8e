from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from bookings.models import Booking


class ReceiptSeries(models.Model):
    """Where the numbers come from: one row, locked while a number is taken, so that none is ever left out."""

    name = models.CharField(_("name"), max_length=20, unique=True)
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("receipt series")
        verbose_name_plural = _("receipt series")

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """A numbered document over tickets sold, or over ones taken back; never changed once it is issued."""

    class Kind(models.TextChoices):
        SALE = "sale", _("Receipt")
        CORRECTION = "correction", _("Correction")

    series = models.ForeignKey(ReceiptSeries, models.PROTECT, related_name="receipts", verbose_name=_("series"))
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="receipts", verbose_name=_("booking"))
    # The ledger's posting it stands for, so that a repeat issues no second one.
    posting = models.CharField(_("posting"), max_length=80, unique=True)
    total = MoneyField(_("total"), max_digits=12, decimal_places=2, default_currency=settings.DEFAULT_CURRENCY)
    tax = models.DecimalField(_("tax"), max_digits=12, decimal_places=2)
    # What the document says, as it was said: names and prices may change later.
    content = models.JSONField(_("content"))
    issued_at = models.DateTimeField(_("issued"), db_index=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["series", "number"], name="receipt_number_once")]

    def __str__(self) -> str:
        return f"{self.series.name}-{self.number:06}"


class BillingDetails(models.Model):
    """Whom the receipt is for, where a person asks for a company's name on it."""

    booking = models.OneToOneField(Booking, models.CASCADE, related_name="billing", verbose_name=_("booking"))
    company = models.CharField(_("company or full name"), max_length=200)
    address = models.TextField(_("address"), max_length=500)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("billing details")
        verbose_name_plural = _("billing details")

    def __str__(self) -> str:
        return self.company
