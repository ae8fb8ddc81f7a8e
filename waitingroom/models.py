import secrets
from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.models import EventSession
from waitingroom.draw import commit


def make_seed() -> str:
    return secrets.token_hex(32)


def make_bypass_code() -> str:
    return secrets.token_hex(5).upper()


class Queue(models.Model):
    """The waiting room in front of one event session: what staff decide, and where it stood a moment ago.

    The queue itself lives in Redis; the checkpoint is what it goes on from when Redis is lost.
    """

    class Mode(models.TextChoices):
        OFF = "off", _("Off")
        ALWAYS = "always", _("Always")
        AUTOMATIC = "automatic", _("When many come")

    event_session = models.OneToOneField(
        EventSession, models.CASCADE, primary_key=True, related_name="queue", verbose_name=_("session")
    )
    mode = models.CharField(_("waiting room"), max_length=9, choices=Mode, default=Mode.ALWAYS)
    lobby_minutes = models.PositiveIntegerField(
        _("lobby opens so many minutes before the sale"), default=60, validators=[MaxValueValidator(14 * 24 * 60)]
    )
    capacity = models.PositiveIntegerField(
        _("people choosing seats at once"), default=200, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    per_minute = models.PositiveIntegerField(
        _("most admitted a minute"), null=True, blank=True, help_text=_("Empty: as fast as places in the shop allow.")
    )
    # Browsers wake a page in the background once a minute: less than that, and its call is over before it hears.
    claim_seconds = models.PositiveIntegerField(
        _("seconds to come in when called"), default=120, validators=[MinValueValidator(60), MaxValueValidator(1800)]
    )
    pass_minutes = models.PositiveIntegerField(
        _("minutes to choose seats"), default=10, validators=[MinValueValidator(2), MaxValueValidator(60)]
    )
    busy_arrivals = models.PositiveIntegerField(
        _("comes on above so many arrivals a minute"), default=600, validators=[MinValueValidator(1)]
    )
    busy_baskets = models.PositiveIntegerField(
        _("comes on above so many open baskets"), default=200, validators=[MinValueValidator(1)]
    )
    is_paused = models.BooleanField(_("paused"), default=False, editable=False)
    is_draining = models.BooleanField(_("draining"), default=False, editable=False)
    # Secret until the draw; its hash is on show from the beginning.
    seed = models.CharField(max_length=64, default=make_seed, editable=False)
    # When an automatic queue came on: baskets that are older need no pass.
    active_since = models.DateTimeField(null=True, blank=True, editable=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    checkpoint = models.JSONField(default=dict, blank=True, editable=False)
    checkpoint_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("waiting room")
        verbose_name_plural = _("waiting rooms")

    def __str__(self) -> str:
        return str(self.event_session)

    def get_absolute_url(self) -> str:
        return reverse("waitingroom:queue", args=[self.pk])

    @property
    def commitment(self) -> str:
        return commit(self.seed)

    @property
    def opens_at(self) -> datetime:
        return self.event_session.booking_opens_at

    @property
    def lobby_at(self) -> datetime:
        return self.opens_at - timedelta(minutes=self.lobby_minutes)

    @property
    def claim_minutes(self) -> int:
        """Whole minutes to come in, one at least."""
        return max(1, self.claim_seconds // 60)


class BypassCode(models.Model):
    """Lets some people in beside the queue: a presale, an accessibility line."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="codes", verbose_name=_("waiting room"))
    code = models.CharField(_("code"), max_length=20, unique=True, default=make_bypass_code)
    label = models.CharField(_("what for"), max_length=100)
    most_uses = models.PositiveIntegerField(_("for so many people"), default=1, validators=[MinValueValidator(1)])
    uses = models.PositiveIntegerField(_("used"), default=0, editable=False)
    valid_until = models.DateTimeField(_("good until"), null=True, blank=True)

    class Meta:
        verbose_name = _("bypass code")
        verbose_name_plural = _("bypass codes")
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return self.label


class QueueMinute(models.Model):
    """How a queue stood at the end of a minute, for the chart."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="minutes", verbose_name=_("waiting room"))
    minute = models.DateTimeField(_("minute"))
    waiting = models.PositiveIntegerField(_("waiting"))
    active = models.PositiveIntegerField(_("choosing seats"))
    admitted = models.PositiveIntegerField(_("admitted so far"))
    abandoned = models.PositiveIntegerField(_("gave up so far"))

    class Meta:
        verbose_name = _("minute of a waiting room")
        verbose_name_plural = _("minutes of waiting rooms")
        ordering = ["minute"]
        constraints = [models.UniqueConstraint(fields=["queue", "minute"], name="queue_minute_once")]

    def __str__(self) -> str:
        return f"{self.queue_id}, {self.minute:%H:%M}"
