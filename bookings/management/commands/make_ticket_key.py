from django.core.management.base import BaseCommand

from bookings.tickets.codes import make_key


class Command(BaseCommand):
    help = (
        "Print a new key for TICKET_SIGNING_KEYS. Put it first and keep the old ones behind it, "
        "so that tickets signed before stay valid."
    )
    # A first installation makes its key before its settings are complete.
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(make_key())
