from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from events.models import Event, EventSession, PriceTier, TicketType
from promotions.errors import PromoCodeOverError, PromoCodeTooEarlyError
from ticketing.dates import say_moment
from ticketing.money import round_to_unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SMALLEST = Decimal("0.01")


def read_code(typed: str) -> str:
    """“spring-10 ” -> “SPRING10”: people type codes in any case, with hyphens and spaces."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def say_here(moment: datetime) -> str:
    """A code may be for events anywhere, so its dates are the site's own."""
    return f"{say_moment(moment, timezone.get_default_timezone())} ({timezone.get_default_timezone_name()})"


class PromoCode(models.Model):
    """A code that takes something off each ticket it is for, or opens what is closed without it, or both.

    Where it names no events, ticket types or categories it is for all of them. Categories go by their names, which
    stay the same from one plan to the next. One use is one booking.
    """

    code = models.CharField(
        _("code"), max_length=40, unique=True, help_text=_("Letters and digits; customers type it in any case.")
    )
    note = models.CharField(_("what it is for"), max_length=200, blank=True, help_text=_("Only staff see it."))
    percent = models.DecimalField(
        _("percent off"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(SMALLEST), MaxValueValidator(100)],
    )
    amount = models.DecimalField(
        _("or amount off each ticket"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(SMALLEST)],
        help_text=_("Never more than the ticket costs."),
    )
    currency = models.CharField(
        _("currency of the amount"),
        max_length=3,
        default=settings.DEFAULT_CURRENCY,
        choices=[(code, code) for code in settings.CURRENCIES],
    )
    events = models.ManyToManyField(
        Event, blank=True, related_name="promo_codes", verbose_name=_("events"), help_text=_("None: all events.")
    )
    ticket_types = models.ManyToManyField(
        TicketType, blank=True, related_name="+", verbose_name=_("ticket types"), help_text=_("None: all types.")
    )
    categories = models.CharField(
        _("categories"),
        max_length=300,
        blank=True,
        help_text=_("Their names as in the seating plan, with commas between them. Left empty: all categories."),
    )
    opens_hidden = models.BooleanField(
        _("opens hidden prices"),
        default=False,
        db_default=False,
        help_text=_("Those that are marked as hidden on a session's page, as far as the code is for them."),
    )
    opens_early = models.BooleanField(
        _("opens booking early"),
        default=False,
        db_default=False,
        help_text=_("From when the code works, before booking opens for everybody."),
    )
    starts_at = models.DateTimeField(_("works from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("works until"), null=True, blank=True)
    most_uses = models.PositiveIntegerField(
        _("most bookings with it"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    most_uses_per_customer = models.PositiveSmallIntegerField(
        _("most bookings per customer"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Customers are known by their account, email address and phone number."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switched off, it cannot be entered any more.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("promo code")
        verbose_name_plural = _("promo codes")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent=None) | Q(amount=None), name="promo_code_takes_percent_or_amount"
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="promo_code_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        self.code = read_code(self.code)
        faults: dict[str, _StrPromise] = {}
        if not self.code:
            faults["code"] = _("A code needs letters or digits.")
        if self.percent is not None and self.amount is not None:
            faults["percent"] = _("Either percent or an amount is taken off.")
        if self.percent is None and self.amount is None and not self.is_access_code:
            faults["percent"] = _("Either percent or an amount is taken off, or the code opens something.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            faults["ends_at"] = _("The end lies before the start.")
        if faults:
            raise ValidationError(faults)

    @property
    def is_access_code(self) -> bool:
        """It opens what others do not get; it may take something off as well."""
        return self.opens_hidden or self.opens_early

    def check_dates(self, now: datetime) -> None:
        """Raises PromoCodeTooEarlyError, PromoCodeOverError."""
        if self.starts_at and now < self.starts_at:
            raise PromoCodeTooEarlyError(date=say_here(self.starts_at))
        if self.ends_at and now >= self.ends_at:
            raise PromoCodeOverError(date=say_here(self.ends_at))

    @cached_property
    def event_ids(self) -> set[int]:
        return set(self.events.values_list("pk", flat=True))

    @cached_property
    def ticket_type_ids(self) -> set[int]:
        return set(self.ticket_types.values_list("pk", flat=True))

    @cached_property
    def category_names(self) -> set[str]:
        return {name.strip().casefold() for name in self.categories.split(",") if name.strip()}

    def is_for(self, *, event_id: int, ticket_type_id: int | None, category: str) -> bool:
        """Whether tickets of this event, type (None: any of its types) and category (its name) get it."""
        is_any = ticket_type_id is None or not self.ticket_type_ids
        return (
            (not self.event_ids or event_id in self.event_ids)
            and (is_any or ticket_type_id in self.ticket_type_ids)
            and (not self.category_names or category.strip().casefold() in self.category_names)
        )

    def opens(self, tier: PriceTier, event_session: EventSession, *, is_early: bool) -> bool:
        """Whether it opens this price of the session, be it hidden, or asked for before booking opens, or both.

        Its dates are apart. Needs the tier's category loaded.
        """
        can = self.is_active and (self.opens_hidden or not tier.is_hidden) and (self.opens_early or not is_early)
        return can and self.is_for(
            event_id=event_session.event_id, ticket_type_id=tier.ticket_type_id, category=tier.category.name
        )

    def take_off(self, full: Decimal, currency: str) -> Decimal:
        """What one ticket of this full price costs less: never more than all of it."""
        if self.percent is not None:
            return round_to_unit(full * self.percent / 100, currency)
        if self.amount is None or currency != self.currency:
            return Decimal(0)
        return min(round_to_unit(self.amount, currency), full)
