import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

# A part of an address and of a file's name, and as long as the column.
SERIES = re.compile(r"[A-Za-z0-9_-]{1,20}")


def check_receipt_series(**kwargs: Any) -> list[CheckMessage]:
    """Found at the start, not when the first receipt has to be issued."""
    name = datetime(2030, 1, 31, tzinfo=UTC).strftime(settings.RECEIPT_SERIES)
    if SERIES.fullmatch(name):
        return []
    return [Error(f"RECEIPT_SERIES makes “{name}”: 1 to 20 letters, digits, - and _ are possible.", id="payments.E001")]
