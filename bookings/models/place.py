from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models import EventSession
from venues.models import Seat, SeatCategory, Section


class PlaceQuerySet(models.QuerySet["Place"]):
    def free(self, now: datetime) -> "PlaceQuerySet":
        """Never held, released, or held by someone whose time ran out."""
        return self.filter(Q(state=Place.State.FREE) | Q(state=Place.State.HELD, held_until__lte=now))


class Place(models.Model):
    """One sellable unit in one event session: a seat, or one standing position.

    It belongs to at most one booking because it has one `booking` column.
    """

    class State(models.TextChoices):
        FREE = "free", _("Free")
        HELD = "held", _("Held")
        SOLD = "sold", _("Sold")
        BLOCKED = "blocked", _("Blocked")

    event_session = models.ForeignKey(EventSession, models.PROTECT, related_name="places", db_index=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="places", db_index=False)
    category = models.ForeignKey(SeatCategory, models.PROTECT, related_name="places")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="places", db_index=False)
    standing_number = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.FREE)
    booking = models.ForeignKey("bookings.Booking", models.PROTECT, null=True, blank=True, related_name="places")
    held_until = models.DateTimeField(null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        # The column order lets each unique index serve a foreign key too; a stadium has 80,000 rows a session.
        constraints = [
            models.UniqueConstraint(fields=["seat", "event_session"], name="seat_once_a_session"),
            models.UniqueConstraint(
                fields=["section", "event_session", "standing_number"], name="standing_number_once_a_session"
            ),
            models.CheckConstraint(
                condition=Q(state="free", booking=None, held_until=None)
                | Q(state="held", booking__isnull=False, held_until__isnull=False)
                | Q(state="sold", booking__isnull=False, held_until=None)
                | Q(state="blocked", booking=None, held_until=None),
                name="place_state_fits_its_booking",
            ),
            models.CheckConstraint(
                condition=Q(seat__isnull=False, standing_number=None) | Q(seat=None, standing_number__isnull=False),
                name="place_is_a_seat_or_a_standing_position",
            ),
        ]
        indexes = [models.Index(fields=["event_session", "category", "state"], name="place_session_category_state")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """“Stalls, row C, seat 12” or “Floor, standing”; needs section and seat loaded."""
        if self.seat is None:
            return f"{self.section.name}, {_('standing')}"
        return _("%(section)s, row %(row)s, seat %(number)s") % {
            "section": self.section.name,
            "row": self.seat.row,
            "number": self.seat.number,
        }


class Block(models.Model):
    """Places that staff keep from sale in one event session, and why."""

    class Kind(models.TextChoices):
        HOUSE = "house", _("House seats")
        KILL = "kill", _("Cannot be sold")
        PLAN = "plan", _("Blocked in the plan")
        GONE = "gone", _("No longer in the plan")

    event_session = models.ForeignKey(EventSession, models.CASCADE, related_name="blocks", verbose_name=_("session"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    reason = models.CharField(_("reason"), max_length=200)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("blocked by")
    )
    created_at = models.DateTimeField(_("blocked"))

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reason


class BlockedPlace(models.Model):
    """Which block keeps a place; it exists exactly while the place is blocked."""

    # A table of its own, because a stadium has 80,000 places a session and blocks a few dozen.
    place = models.OneToOneField(Place, models.CASCADE, related_name="blocked", verbose_name=_("place"))
    block = models.ForeignKey(Block, models.CASCADE, related_name="blocked_places", verbose_name=_("block"))

    class Meta:
        verbose_name = _("blocked place")
        verbose_name_plural = _("blocked places")

    def __str__(self) -> str:
        return f"{self.block}: {self.place_id}"
