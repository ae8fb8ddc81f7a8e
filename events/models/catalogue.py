from django.db import models
from django.utils.translation import gettext_lazy as _


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
