from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from venues.colors import PALETTE
from venues.errors import PlanInUseError


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone, for example Europe/Vienna."), params={"name": name})


class Venue(models.Model):
    """A place people travel to: an address with one or more halls."""

    name = models.CharField(_("name"), max_length=150)
    slug = models.SlugField(_("address on this site"), max_length=160, unique=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, db_index=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, ISO 3166: AT, DE, US ..."))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def address_lines(self) -> list[str]:
        return [line for line in (self.street, f"{self.postal_code} {self.city}".strip(), self.country) if line]

    @property
    def map_url(self) -> str:
        """A map of the coordinates on OpenStreetMap, or empty where there are none."""
        if self.latitude is None or self.longitude is None:
            return ""
        return f"https://www.openstreetmap.org/?mlat={self.latitude}&mlon={self.longitude}#map=17/{self.latitude}/{self.longitude}"


class Hall(models.Model):
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="halls", verbose_name=_("venue"))
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("hall")
        verbose_name_plural = _("halls")
        ordering = ["venue__name", "name"]
        constraints = [models.UniqueConstraint(fields=["venue", "name"], name="hall_name_once_a_venue")]

    def __str__(self) -> str:
        return f"{self.venue.name}, {self.name}"


class SeatingPlan(models.Model):
    """One version of a hall's layout; it never changes once an event session uses it.

    Lengths are in the plan's own units; `seat_size` is the room of one seat in them. The focal point
    is what people come to look at: the best seats are the nearest to it.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, related_name="plans", verbose_name=_("hall"))
    version = models.PositiveIntegerField(_("version"), editable=False)
    name = models.CharField(_("name"), max_length=100)
    left = models.FloatField(_("left"), default=0, editable=False)
    top = models.FloatField(_("top"), default=0, editable=False)
    width = models.FloatField(_("width"), default=0, editable=False)
    height = models.FloatField(_("height"), default=0, editable=False)
    seat_size = models.FloatField(_("seat size"), default=24, editable=False)
    shapes = models.JSONField(
        _("background shapes"),
        default=list,
        editable=False,
        help_text=_("Stage and decoration: kind, x, y, width, height or radius, text."),
    )
    focus_x = models.FloatField(_("focal point, x"), null=True, editable=False)
    focus_y = models.FloatField(_("focal point, y"), null=True, editable=False)
    source = models.JSONField(
        _("where it came from"),
        default=dict,
        editable=False,
        help_text=_("The format and what it was told: the mapping of an SVG, the fields of a form."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    revision = models.PositiveIntegerField(
        _("revision"), default=0, editable=False, help_text=_("How often it was edited before anything used it.")
    )

    class Meta:
        verbose_name = _("seating plan")
        verbose_name_plural = _("seating plans")
        ordering = ["hall", "-version"]
        constraints = [models.UniqueConstraint(fields=["hall", "version"], name="plan_version_once_a_hall")]

    def __str__(self) -> str:
        return f"{self.hall} – {self.name} (v{self.version})"

    @property
    def is_in_use(self) -> bool:
        """Whether a session was ever published with it, even one that moved on: old baskets still name its seats."""
        return self.sessions.exclude(status="draft").exists() or self.sections.filter(places__isnull=False).exists()

    def ensure_unused(self) -> None:
        if self.is_in_use:
            raise PlanInUseError(plan=self)


class PlanPart(models.Model):
    """What a plan is made of cannot be changed or deleted once the plan is in use."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.part_of().ensure_unused()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.part_of().ensure_unused()
        return super().delete(*args, **kwargs)

    def part_of(self) -> SeatingPlan:
        raise NotImplementedError


class SeatCategory(PlanPart):
    """What sets the price of a place in a plan: stalls, balcony, floor ..."""

    plan = models.ForeignKey(SeatingPlan, models.CASCADE, related_name="categories", verbose_name=_("seating plan"))
    name = models.CharField(_("name"), max_length=100)
    rank = models.PositiveSmallIntegerField(_("rank"), default=0, help_text=_("Best first."))
    color = models.CharField(
        _("colour"), max_length=7, default=PALETTE[0], validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
    )

    class Meta:
        verbose_name = _("seat category")
        verbose_name_plural = _("seat categories")
        ordering = ["plan", "rank", "pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "name"], name="category_name_once_a_plan")]

    def __str__(self) -> str:
        return self.name

    def part_of(self) -> SeatingPlan:
        return self.plan


class Section(PlanPart):
    """A part of a plan: seated (its seats are rows of Seat) or standing (it has a capacity)."""

    class Kind(models.TextChoices):
        SEATED = "seated", _("Seated")
        STANDING = "standing", _("Standing")

    plan = models.ForeignKey(SeatingPlan, models.CASCADE, related_name="sections", verbose_name=_("seating plan"))
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SEATED)
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    category = models.ForeignKey(
        SeatCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="standing_sections",
        verbose_name=_("category"),
        help_text=_("Standing sections only; seats have their own."),
    )
    capacity = models.PositiveIntegerField(_("capacity"), default=0, help_text=_("Standing sections only."))
    x = models.FloatField(_("x"), default=0)
    y = models.FloatField(_("y"), default=0)
    width = models.FloatField(_("width"), default=0)
    height = models.FloatField(_("height"), default=0)
    outline = models.JSONField(
        _("outline"), default=list, editable=False, help_text=_("[[x, y], ...]: its shape on the overview.")
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["plan", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "name"], name="section_name_once_a_plan"),
            models.CheckConstraint(
                condition=models.Q(kind="seated", capacity=0) | models.Q(kind="standing", capacity__gt=0),
                name="only_standing_sections_have_a_capacity",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def part_of(self) -> SeatingPlan:
        return self.plan

    @property
    def is_standing(self) -> bool:
        return self.kind == self.Kind.STANDING


class Seat(PlanPart):
    section = models.ForeignKey(Section, models.CASCADE, related_name="seats", verbose_name=_("section"))
    category = models.ForeignKey(SeatCategory, models.PROTECT, related_name="seats", verbose_name=_("category"))
    row = models.CharField(_("row"), max_length=20)
    number = models.CharField(_("number"), max_length=20)
    row_rank = models.PositiveIntegerField(_("row order"), default=0, help_text=_("Front to back."))
    position = models.PositiveIntegerField(
        _("position in the row"), default=0, help_text=_("Neighbours differ by one; an aisle leaves a gap.")
    )
    x = models.FloatField(_("x"))
    y = models.FloatField(_("y"))
    is_wheelchair = models.BooleanField(_("wheelchair place"), default=False)
    is_companion = models.BooleanField(_("companion seat"), default=False)
    has_restricted_view = models.BooleanField(_("restricted view"), default=False)
    is_blocked = models.BooleanField(
        _("blocked"), default=False, help_text=_("Not for sale unless staff release it for a session.")
    )

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["section", "row_rank", "position"]
        constraints = [models.UniqueConstraint(fields=["section", "row", "number"], name="seat_once_a_row")]

    def __str__(self) -> str:
        return f"{self.section.name}, row {self.row}, seat {self.number}"

    def part_of(self) -> SeatingPlan:
        return self.section.plan
