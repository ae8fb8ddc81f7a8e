from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ticketing.outbox.registry import subscribe


class BookingsConfig(AppConfig):
    name = "bookings"
    verbose_name = _("Bookings")

    def ready(self) -> None:
        from bookings import mails  # noqa: PLC0415 - models exist only now
        from bookings.services.slots import free_slots  # noqa: PLC0415

        subscribe("bookings.confirmed", mails.send_confirmation)
        subscribe("bookings.confirmed", free_slots)
        subscribe("bookings.resolved_late", mails.send_late_outcome)
        subscribe("bookings.link_wanted", mails.send_link)
