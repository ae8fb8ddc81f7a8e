from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.models.catalogue import EventType, Tag


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
