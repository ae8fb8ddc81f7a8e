from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments import vault
from payments.errors import SavedMethodLockedError
from payments.models import SavedMethod


class Command(BaseCommand):
    help = (
        "Encrypts the tokens of saved cards anew by the first of SAVED_METHOD_KEYS. "
        "When it says that all are done, the other keys can be dropped."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not vault.is_open():
            raise CommandError("SAVED_METHOD_KEYS is empty.")
        done, locked = 0, []
        for pk, token in SavedMethod.objects.values_list("pk", "locked_token").iterator():
            try:
                moved = vault.move_to_first_key(token)
            except SavedMethodLockedError:
                locked.append(str(pk))
                continue
            # Only over what was read: a row that changed meanwhile is written by the first key already.
            done += SavedMethod.objects.filter(pk=pk, locked_token=token).update(locked_token=moved)
        self.stdout.write(f"{done} saved cards are encrypted by the first key.")
        if locked:
            raise CommandError(f"No key opens {len(locked)} saved cards, ids {', '.join(locked)}.")
