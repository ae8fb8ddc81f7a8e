from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ticketing.outbox.registry import subscribe


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from notifications import alarms  # noqa: PLC0415 - models exist only now

        subscribe(alarms.TOPIC, alarms.mail_alarm)
