from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderEvent(models.Model):
    """What a provider told us, kept once."""

    provider = models.CharField(_("provider"), max_length=20)
    event_id = models.CharField(_("event id"), max_length=100)
    kind = models.CharField(_("kind"), max_length=60)
    payload = models.JSONField(_("payload"), default=dict)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    # It was processed when its message was delivered.
    message = models.OneToOneField(
        "outbox.Message", models.SET_NULL, null=True, related_name="+", verbose_name=_("outbox message")
    )

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}"
