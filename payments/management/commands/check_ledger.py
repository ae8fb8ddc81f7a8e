from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.invariants import find_breaches


class Command(BaseCommand):
    help = "Proves from the ledger that captured money equals tickets, refunds and what was kept; names every breach."

    def handle(self, *args: Any, **options: Any) -> None:
        breaches = list(find_breaches())
        for breach in breaches:
            self.stderr.write(breach)
        if breaches:
            raise CommandError(f"{len(breaches)} breaches")
        self.stdout.write("In order.")
