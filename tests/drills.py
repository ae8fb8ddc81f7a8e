"""Drills: a real worker is killed again and again at work that it began, at a real provider over HTTP."""

from collections.abc import Iterable
from datetime import timedelta
from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from bookings.models import Booking
from payments.methods import Method
from payments.models import Payment
from tests.outbox_worker import kill, running_worker
from tests.sandbox import Sandbox, wait_until
from ticketing.outbox.models import Message

PATIENCE = 240
# As Django's file backend sets them apart.
BETWEEN_MAILS = b"-" * 79


def work_through_kills(tmp_path: Path, provider: Sandbox, moments: Iterable[tuple[QuerySet[Any], int]]) -> None:
    """Kill the worker each time so many of these rows are there; then let another one finish everything."""
    env = {"SANDBOX_API_URL": provider.url}
    for rows, count in moments:
        with running_worker(tmp_path, **env) as worker:
            wait_until(partial(reaches, rows, count), PATIENCE)
            kill(worker)
        assert Message.objects.filter(sent_at=None).exists(), "nothing was left to do, so this kill proves nothing"
    with running_worker(tmp_path, **env):
        wait_until(lambda: not Message.objects.filter(sent_at=None).exists(), PATIENCE)


def reaches(rows: QuerySet[Any], count: int) -> bool:
    return rows.all().count() >= count


def pay_at(provider: Sandbox, booking: Booking) -> None:
    """As if the customer had paid on the provider's page."""
    payment = Payment.objects.get(booking=booking)
    page = provider.gateway.create_payment(
        reference=str(payment.public_id),
        amount=payment.amount,
        method=Method.CARD,
        description="A drill",
        return_url="https://shop.test/",
        cancel_url="https://shop.test/",
        expires_at=timezone.now() + timedelta(hours=1),
    )
    provider.pay(page.provider_id)
    Payment.objects.filter(pk=payment.pk).update(provider_id=page.provider_id)


def check_mails(folder: Path, subject: str, recipients: Iterable[str], *, kills: int) -> None:
    """Everybody has a mail that begins like this, and always the same one.

    A mail server may have taken a mail as its worker died, so there is at most one repeat for each kill.
    """
    mails = read_mails(folder, subject)
    assert set(mails) == set(recipients)
    assert all(len(set(ids)) == 1 for ids in mails.values())
    assert sum(len(ids) - 1 for ids in mails.values()) <= kills


def read_mails(folder: Path, subject: str) -> dict[str, list[str]]:
    """Recipient -> ids of the mails that begin like this; a repeat after a crash has the same id."""
    found: dict[str, list[str]] = {}
    for file in folder.iterdir():
        # Two connections of one moment may write into one file, and the mail that was being written as its worker
        # died may end in the middle.
        for text in file.read_bytes().split(BETWEEN_MAILS):
            mail = message_from_bytes(text.lstrip())
            if (mail["Subject"] or "").startswith(subject):
                found.setdefault(mail["To"], []).append(mail["Message-ID"])
    return found
