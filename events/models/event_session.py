from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.models.validators import MinMoneyValidator

from events.models.catalogue import TicketType
from events.models.event import Event
from venues.models import Hall, SeatCategory, SeatingPlan


class EventSessionQuerySet(models.QuerySet["EventSession"]):
    def visible(self) -> "EventSessionQuerySet":
        """Sessions the public may see: published or cancelled ones of published events."""
        return self.filter(
            event__status=Event.Status.PUBLISHED,
            status__in=[EventSession.Status.PUBLISHED, EventSession.Status.CANCELLED],
        )

    def upcoming(self, now: datetime) -> "EventSessionQuerySet":
        return self.visible().filter(starts_at__gte=now)

    def with_lowest_price(self) -> "EventSessionQuerySet":
        """Adds `lowest`: a number in the event's currency, or None without prices that everybody may see."""
        prices = (
            PriceTier.objects.filter(event_session=OuterRef("pk"), is_hidden=False).order_by().values("event_session")
        )
        return self.annotate(lowest=Subquery(prices.annotate(lowest=Min("price")).values("lowest")))


class EventSession(models.Model):
    """One time slot of an event in one hall.

    `free_places`, and `hidden_places` among them, are only for show: they follow the inventory with a few seconds'
    delay.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")

    event = models.ForeignKey(Event, models.PROTECT, related_name="sessions", verbose_name=_("event"))
    hall = models.ForeignKey(Hall, models.PROTECT, related_name="sessions", verbose_name=_("hall"))
    plan = models.ForeignKey(SeatingPlan, models.PROTECT, related_name="sessions", verbose_name=_("seating plan"))
    starts_at = models.DateTimeField(_("starts"), db_index=True)
    ends_at = models.DateTimeField(_("ends"))
    doors_at = models.DateTimeField(_("doors open"), null=True, blank=True)
    booking_opens_at = models.DateTimeField(_("booking opens"))
    booking_closes_at = models.DateTimeField(_("booking closes"))
    customer_limit = models.PositiveSmallIntegerField(
        _("most places per customer"), default=10, validators=[MinValueValidator(1)]
    )
    hold_period = models.DurationField(
        _("how long places are kept"),
        default=settings.HOLD_PERIOD,
        validators=[MinValueValidator(timedelta(minutes=1))],
    )
    avoids_single_gaps = models.BooleanField(
        _("no single gaps"),
        default=False,
        help_text=_("Refuse a choice that leaves one empty seat between taken ones, while there is another."),
    )
    verifies_guests = models.BooleanField(
        _("confirmed email"),
        default=False,
        db_default=False,
        help_text=_(
            "Guests confirm their email with a code before they pay; people signed in with a verified address need not."
        ),
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    total_places = models.PositiveIntegerField(_("places"), default=0, editable=False)
    free_places = models.PositiveIntegerField(_("free places"), default=0, editable=False)
    # Those of them that are sold with an access code alone.
    hidden_places = models.PositiveIntegerField(_("hidden free places"), default=0, db_default=0, editable=False)
    # How often it was moved, and from when the last time: calendars take the entry of the higher number.
    revision = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    moved_from = models.DateTimeField(_("moved from"), null=True, blank=True, editable=False)
    # Keys of seat categories whose places go to the waiting list alone.
    listed_categories = models.JSONField(default=list, blank=True, editable=False)

    objects = EventSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at"]
        indexes = [
            models.Index(fields=["status", "starts_at"], name="session_status_start"),
            models.Index(fields=["status", "booking_opens_at"], name="session_status_opening"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(booking_closes_at__gt=F("booking_opens_at")), name="booking_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        local = self.starts_at.astimezone(self.hall.venue.zone)
        return f"{self.event.title}, {local:%a %d %b %Y, %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("bookings:seats", args=[self.pk])

    def clean(self) -> None:
        if self.plan_id and self.hall_id and self.plan.hall_id != self.hall_id:
            raise ValidationError({"plan": _("This plan belongs to another hall.")})
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end lies before the start.")})
        if self.booking_opens_at and self.booking_closes_at and self.booking_closes_at <= self.booking_opens_at:
            raise ValidationError({"booking_closes_at": _("Booking closes before it opens.")})

    def is_on_sale(self, now: datetime, *, is_early: bool = False) -> bool:
        """Needs the event loaded: one that was called off sells nothing, whatever its sessions say.

        `is_early` is for those whose access code opens booking before it opens for everybody.
        """
        is_published = self.status == self.Status.PUBLISHED and self.event.status == Event.Status.PUBLISHED
        return is_published and (is_early or self.booking_opens_at <= now) and now < self.booking_closes_at

    @property
    def is_called_off(self) -> bool:
        """Cancelled by itself or with its event."""
        return self.status == self.Status.CANCELLED or self.event.status == Event.Status.CANCELLED

    @property
    def open_places(self) -> int:
        """Free places that everybody may book."""
        return self.free_places - self.hidden_places

    @property
    def is_sold_out(self) -> bool:
        """For the public; who has an access code may still find places."""
        return self.status == self.Status.PUBLISHED and self.total_places > 0 and self.open_places <= 0

    @property
    def has_few_places(self) -> bool:
        """Worth a quiet mark: under a tenth left, or under ten."""
        return 0 < self.open_places <= max(self.total_places // 10, 9)


class PriceTier(models.Model):
    """What a place of one category costs in one event session for one ticket type."""

    event_session = models.ForeignKey(EventSession, models.CASCADE, related_name="tiers", verbose_name=_("session"))
    category = models.ForeignKey(SeatCategory, models.PROTECT, related_name="tiers", verbose_name=_("category"))
    ticket_type = models.ForeignKey(TicketType, models.PROTECT, related_name="tiers", verbose_name=_("ticket type"))
    price = MoneyField(
        _("price"),
        max_digits=10,
        decimal_places=2,
        default_currency=settings.DEFAULT_CURRENCY,
        currency_choices=[(code, code) for code in settings.CURRENCIES],
        validators=[MinMoneyValidator(0)],
    )
    is_hidden = models.BooleanField(
        _("hidden"),
        default=False,
        db_default=False,
        help_text=_("Seen and sold only with an access code that opens hidden prices."),
    )

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["category__rank", "ticket_type__rank", "pk"]
        indexes = [models.Index(fields=["event_session", "price"], name="tier_session_price")]
        constraints = [
            models.UniqueConstraint(
                fields=["event_session", "category", "ticket_type"], name="one_price_per_category_and_ticket_type"
            )
        ]

    def __str__(self) -> str:
        return f"{self.category}, {self.ticket_type}: {self.price}"
