from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from bookings.models import Booking
from events.models import Event, EventSession
from ticketing.batches import BatchRow


class CallOff(models.Model):
    """Sessions that will not take place: everybody who holds tickets of them gets all their money back.

    The sale ends with the transaction that makes this row; workers do the rest.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="call_offs", verbose_name=_("event"))
    sessions = models.ManyToManyField(EventSession, related_name="call_offs", verbose_name=_("sessions"))
    is_whole_event = models.BooleanField(_("the whole event"), default=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("requested by")
    )
    started_at = models.DateTimeField(_("started"))
    # Every booking is dealt with; refunds and mails may still be on their way.
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("cancelled date")
        verbose_name_plural = _("cancelled dates")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.event.title

    @property
    def what(self) -> str:
        """“The whole event” or the one session's date and hall."""
        if self.is_whole_event:
            return str(_("The whole event"))
        return "; ".join(f"{each}, {each.hall}" for each in self.sessions.all())


class CalledOffBooking(BatchRow):
    """One booking that holds tickets of these sessions, and what became of it."""

    call_off = models.ForeignKey(CallOff, models.PROTECT, related_name="bookings", db_index=False)
    booking = models.ForeignKey(
        Booking, models.PROTECT, related_name="called_off", db_index=False, verbose_name=_("booking")
    )
    # What its tickets' posting in the ledger is called; empty where no ticket was left to make void.
    posting = models.CharField(max_length=80, blank=True)
    amount = MoneyField(
        _("goes back"), max_digits=12, decimal_places=2, default=0, default_currency=settings.DEFAULT_CURRENCY
    )

    class Meta:
        verbose_name = _("booking of a cancelled date")
        verbose_name_plural = _("bookings of a cancelled date")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "call_off"], name="booking_called_off_once")]
        indexes = [models.Index(fields=["call_off", "status"], name="called_off_status")]

    def __str__(self) -> str:
        return f"{self.booking}, {self.get_status_display()}"
