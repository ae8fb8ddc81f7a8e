from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderEvent(models.Model):
    """What a provider told us, kept once."""

    provider = models.CharField(_("provider"), max_length=20)
    event_id = models.CharField(_("event id"), max_length=100)
    kind = models.CharField(_("kind"), max_length=60)
    payload = models.JSONField(_("payload"), default=dict)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    processed_at = models.DateTimeField(_("processed"), null=True)
    # It failed, was lost on its way to a worker or may take long: the outbox tries until it succeeds.
    is_left_to_outbox = models.BooleanField(_("left to the outbox"), default=False)

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["processed_at", "is_left_to_outbox", "received_at"], name="provider_event_waiting")
        ]
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}"
