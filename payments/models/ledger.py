from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
from events.models import Event
from payments.models.payment import Payment
from payments.models.refund import Refund
from ticketing.errors import DomainError


class LedgerIsFinalError(DomainError):
    text = _("What is in the ledger stays as it is. Post the opposite instead.")


class Account(models.TextChoices):
    """Where money is, or whose it is. Debits are above zero, credits below."""

    GATEWAY = "gateway", _("Money at the provider")
    CUSTOMER = "customer", _("Customers' money not yet spoken for")
    TICKETS = "tickets", _("Tickets sold")
    FEES = "fees", _("Booking fees")
    TAX = "tax", _("Tax in tickets and fees")
    KEPT = "kept", _("Kept after cancellations")
    GOODWILL = "goodwill", _("Given back as goodwill")
    REFUNDS = "refunds", _("Refunds on their way")
    DISPUTES = "disputes", _("Taken back by customers' banks")


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise LedgerIsFinalError

    def delete(self) -> NoReturn:
        raise LedgerIsFinalError


class LedgerEntry(models.Model):
    """One line of a posting; the lines of a posting add up to zero and are never changed.

    Written in the transaction of the state they describe, so that neither is ever there without the other.
    """

    # The lines of one posting share this name, which also keeps a posting from being made twice.
    posting = models.CharField(_("posting"), max_length=80)
    line = models.PositiveSmallIntegerField(_("line"))
    account = models.CharField(_("account"), max_length=12, choices=Account)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="ledger", verbose_name=_("booking"))
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="ledger", verbose_name=_("event"))
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="ledger", verbose_name=_("payment"))
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="ledger", verbose_name=_("refund"))
    gateway = models.CharField(_("gateway"), max_length=20, blank=True)
    posted_at = models.DateTimeField(_("posted"), db_index=True)

    objects: ClassVar[Any] = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["posting", "line"], name="posting_made_once")]

    def __str__(self) -> str:
        return f"{self.posting}: {self.get_account_display()} {self.amount} {self.currency}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerIsFinalError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LedgerIsFinalError
