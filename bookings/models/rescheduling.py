from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from events.models import EventSession
from ticketing.batches import BatchRow
from venues.models import Hall


class Rescheduling(models.Model):
    """A session that takes place at another time or in another hall; its tickets stay valid.

    The session has moved with the transaction that makes this row; workers tell everybody. Until the deadline each
    customer may exchange the tickets or have their money back.
    """

    event_session = models.ForeignKey(
        EventSession, models.PROTECT, related_name="reschedulings", verbose_name=_("session")
    )
    # How it was before.
    old_starts_at = models.DateTimeField(_("started"))
    old_hall = models.ForeignKey(Hall, models.PROTECT, related_name="+", verbose_name=_("old hall"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    deadline = models.DateTimeField(_("answers until"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("requested by")
    )
    started_at = models.DateTimeField(_("moved"))
    # Every booking is dealt with; mails may still be on their way.
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("moved date")
        verbose_name_plural = _("moved dates")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.event_session)

    @property
    def open_until(self) -> datetime:
        """The deadline, and never after the doors: the date may have moved again, to before it. Needs the session."""
        return min(self.deadline, self.event_session.doors_at or self.event_session.starts_at)

    def is_open(self, now: datetime) -> bool:
        return now < self.open_until


class RescheduledBooking(BatchRow):
    """One booking that holds tickets of the session, what became of its places, and what the customer answered."""

    class Answer(models.TextChoices):
        # As good as “keep” once the deadline is over.
        NONE = "", _("None")
        KEPT = "kept", _("Keeps the tickets")
        REFUNDED = "refunded", _("Wants the money back")

    ANSWERS: ClassVar[dict[str, set[str]]] = {
        Answer.NONE: {Answer.KEPT, Answer.REFUNDED},
        Answer.KEPT: {Answer.REFUNDED},
        Answer.REFUNDED: set(),
    }

    rescheduling = models.ForeignKey(Rescheduling, models.PROTECT, related_name="bookings", db_index=False)
    booking = models.ForeignKey(
        Booking, models.PROTECT, related_name="rescheduled", db_index=False, verbose_name=_("booking")
    )
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, default=Answer.NONE, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    # Key of the ticket -> the label of the place that it was for.
    rehoused = models.JSONField(default=dict, blank=True)
    # Keys of tickets that no equal place was left for: they are refunded.
    unseated = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("booking of a moved date")
        verbose_name_plural = _("bookings of a moved date")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "rescheduling"], name="booking_rescheduled_once")]
        indexes = [models.Index(fields=["rescheduling", "status"], name="rescheduled_status")]

    def __str__(self) -> str:
        return f"{self.booking}, {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        """Behind the booking's private link; needs the booking loaded."""
        return reverse("payments:rescheduled", args=[self.booking.access_key, self.pk])

    def can_become(self, answer: str) -> bool:
        return answer in self.ANSWERS[self.answer]
