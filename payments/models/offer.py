from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models import Event
from payments.methods import Method


class GatewayStatus(models.Model):
    """A payment provider that the settings name: whether staff want it, and whether it works."""

    name = models.CharField(_("gateway"), max_length=20, unique=True, editable=False)
    is_enabled = models.BooleanField(_("offered to customers"), default=True)
    rank = models.PositiveSmallIntegerField(
        _("order"), default=0, help_text=_("Where two gateways offer the same way to pay, the lower number is used.")
    )
    problem = models.CharField(_("problem"), max_length=300, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)

    class Meta:
        verbose_name = _("payment gateway")
        verbose_name_plural = _("payment gateways")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


class MethodRule(models.Model):
    """Whether a way to pay is offered; the rule that says most wins: event before currency before neither."""

    gateway = models.ForeignKey(GatewayStatus, models.CASCADE, related_name="rules", verbose_name=_("gateway"))
    method = models.CharField(_("way to pay"), max_length=12, choices=Method)
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, choices=[(code, code) for code in settings.CURRENCIES]
    )
    event = models.ForeignKey(Event, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("event"))
    is_offered = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("rule for a way to pay")
        verbose_name_plural = _("rules for ways to pay")
        ordering = ["gateway", "method", "pk"]

    def __str__(self) -> str:
        return f"{self.gateway}: {self.get_method_display()}"

    @property
    def weight(self) -> int:
        return 2 * (self.event_id is not None) + bool(self.currency)
