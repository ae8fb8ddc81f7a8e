from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.models.validators import MinMoneyValidator

from venues.models import Hall, SeatCategory, SeatingPlan


class EventType(models.Model):
    """Movie, concert, sports, theatre, conference ... and what staff add."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    schema_type = models.CharField(
        _("schema.org type"), max_length=40, default="Event", help_text=_("For search engines: MusicEvent ...")
    )

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


class TicketType(models.Model):
    """Who a ticket is for: adult, child, concession ..."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    rank = models.PositiveSmallIntegerField(_("order"), default=0, help_text=_("The first one is the usual choice."))

    class Meta:
        verbose_name = _("ticket type")
        verbose_name_plural = _("ticket types")
        ordering = ["rank", "pk"]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=50, unique=True)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EventQuerySet(models.QuerySet["Event"]):
    def visible(self) -> "EventQuerySet":
        """Events the public may see: a draft never, a cancelled one is shown as cancelled."""
        return self.filter(status__in=[Event.Status.PUBLISHED, Event.Status.CANCELLED])


class Event(models.Model):
    """A production: a film, a concert, a match. Its dates are its event sessions."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")

    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("address on this site"), max_length=220, unique=True)
    event_type = models.ForeignKey(EventType, models.PROTECT, related_name="events", verbose_name=_("type"))
    summary = models.CharField(_("summary"), max_length=250, blank=True, help_text=_("One line, for lists."))
    description = models.TextField(_("description"), blank=True)
    image = models.ImageField(_("picture"), upload_to="events/", blank=True)
    duration = models.DurationField(_("duration"), null=True, blank=True, help_text=_("Hours:minutes:seconds."))
    age_rating = models.CharField(_("age rating"), max_length=20, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="events", verbose_name=_("tags"))
    currency = models.CharField(
        _("currency"), max_length=3, default=settings.DEFAULT_CURRENCY, choices=[(c, c) for c in settings.CURRENCIES]
    )
    fee_per_ticket = models.DecimalField(
        _("booking fee per ticket"), max_digits=8, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    fee_percent = models.DecimalField(
        _("booking fee in percent of the price"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    fee_per_booking = models.DecimalField(
        _("booking fee per booking"), max_digits=8, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    tax_percent = models.DecimalField(
        _("tax in percent"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(99)],
        help_text=_("Included in prices and fees, and shown on the receipt."),
    )
    refund_free_hours = models.PositiveSmallIntegerField(
        _("free cancellation until so many hours before the start"),
        null=True,
        blank=True,
        help_text=_("Left empty, customers cannot cancel by themselves."),
    )
    refund_kept_percent = models.DecimalField(
        _("kept after that, in percent of the price"),
        max_digits=5,
        decimal_places=2,
        default=100,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("From then on until the doors open."),
    )
    refund_keeps_fees = models.BooleanField(_("booking fees are kept"), default=True)
    change_free_hours = models.PositiveSmallIntegerField(
        _("tickets may be changed until so many hours before the start"),
        null=True,
        blank=True,
        help_text=_("To other places, dates or ticket types. Left empty, customers cannot change by themselves."),
    )
    transfers_per_ticket = models.PositiveSmallIntegerField(
        _("how often a ticket may be passed on"),
        default=3,
        db_default=3,
        help_text=_("To another person, until the doors open. 0: not at all."),
    )
    takes_returns = models.BooleanField(
        _("tickets may be offered for resale"),
        default=False,
        db_default=False,
        help_text=_("At face value and on this site; who offered it gets the money when it is sold."),
    )
    takes_access_codes = models.BooleanField(
        _("asks for access codes"),
        default=False,
        db_default=False,
        help_text=_("Its pages have a field for them; an access code that names the event switches it on."),
    )
    has_waiting_list = models.BooleanField(
        _("waiting list"), default=True, db_default=True, help_text=_("Sold-out sessions take one.")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["title"]
        indexes = [models.Index(fields=["status", "event_type"], name="event_status_type")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("events:event", args=[self.slug])


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

    `free_places` is only for show: it follows the inventory with a few seconds' delay.
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
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    total_places = models.PositiveIntegerField(_("places"), default=0, editable=False)
    free_places = models.PositiveIntegerField(_("free places"), default=0, editable=False)
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
    def is_sold_out(self) -> bool:
        return self.status == self.Status.PUBLISHED and self.total_places > 0 and self.free_places == 0

    @property
    def has_few_places(self) -> bool:
        """Worth a quiet mark: under a tenth left, or under ten."""
        return 0 < self.free_places <= max(self.total_places // 10, 9)


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
