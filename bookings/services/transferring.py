"""A ticket goes to somebody else: offered by email or by a link, accepted by one person, who gets a new code."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Coalesce

from accounts.models import User
from bookings.contacts import email_key
from bookings.locks import lock_booking, reissue_ticket
from bookings.models import Ticket, Transfer
from bookings.transfer_errors import (
    NotPassedOnError,
    PassedOnError,
    TooManyOffersError,
    TransferOverError,
    WaitsForRecipientError,
)
from bookings.transfers import (
    USED,
    count_passed_on,
    find_open_transfer,
    make_received_key,
    say_over,
    why_not_passed_on,
)
from ticketing.outbox.services import publish

# Each may be a mail to an address that somebody typed: enough for who mistypes it, too few for a nuisance.
MOST_OFFERS = 10
BATCH = 500
Status = Transfer.Status


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who accepts; the account is theirs if they are signed in."""

    name: str
    email: str
    user: User | None


@transaction.atomic(durable=True)
def offer_ticket(*, ticket_id: int, holder_id: int | None, email: str, now: datetime) -> Transfer:
    """Let one person accept the ticket: by a mail to this address, or by the link alone where it is empty.

    `holder_id` is the transfer that brought it to whoever offers it; None for who booked. The same offer again
    gives the one that is open. Raises PassedOnError, WaitsForRecipientError, NotPassedOnError, TooManyOffersError.
    """
    ticket = _lock_ticket(ticket_id)
    if ticket.transfer_id != holder_id:
        raise PassedOnError(label=ticket.place.label)
    waiting = find_open_transfer(ticket)
    if waiting is not None:
        if email_key(waiting.email) != email_key(email):
            raise WaitsForRecipientError(label=ticket.place.label)
        return waiting
    _check_may_go(ticket, now)
    if ticket.transfers.count() >= MOST_OFFERS:
        raise TooManyOffersError(label=ticket.place.label, count=MOST_OFFERS)
    transfer = Transfer.objects.create(ticket=ticket, sender_id=holder_id, email=email.strip(), created_at=now)
    if transfer.email:
        publish("bookings.ticket_offered", transfer_id=transfer.pk)
    return transfer


@transaction.atomic(durable=True)
def withdraw_transfer(*, transfer_id: int, now: datetime) -> Transfer:
    """Whoever offered it keeps the ticket, and who was written to is told; a repeat changes nothing.

    Raises TransferOverError once it is accepted.
    """
    transfer = _lock_transfer(transfer_id)
    if transfer.status == Status.ACCEPTED:
        raise TransferOverError(reason=say_over(transfer))
    if transfer.status == Status.OPEN:
        _close(transfer, Status.WITHDRAWN, now)
        if transfer.email:
            publish("bookings.ticket_offer_withdrawn", transfer_id=transfer.pk)
    return transfer


def withdraw_offers(ticket_ids: Collection[int], now: datetime) -> None:
    """Inner step: nobody can accept these tickets any more, because they are void; who was written to is told."""
    offers = Transfer.objects.filter(ticket__in=ticket_ids)
    if not offers.filter(status=Status.OPEN).update(status=Status.WITHDRAWN, closed_at=now):
        return
    withdrawn = offers.filter(status=Status.WITHDRAWN, closed_at=now).exclude(email="")
    for transfer_id in withdrawn.order_by("pk").values_list("pk", flat=True):
        publish("bookings.ticket_offer_withdrawn", transfer_id=transfer_id)


@transaction.atomic(durable=True)
def accept_transfer(*, transfer_id: int, token: str, recipient: Recipient, now: datetime) -> Transfer:
    """The ticket is this person's: it gets a new code, and the one before it opens no door any more.

    One person accepts; `token` is what their form carries, so that a repeat of it gives the same answer. Raises
    TransferOverError, NotPassedOnError.
    """
    transfer = _lock_transfer(transfer_id)
    key = make_received_key(transfer, token)
    if transfer.status == Status.ACCEPTED and transfer.access_key == key:
        return transfer
    if transfer.status != Status.OPEN:
        raise TransferOverError(reason=say_over(transfer))
    ticket = transfer.ticket
    _check_may_go(ticket, now)
    transfer.name, transfer.recipient_email, transfer.recipient = recipient.name, recipient.email, recipient.user
    transfer.access_key, transfer.old_code = key, ticket.code
    _close(transfer, Status.ACCEPTED, now)
    if not reissue_ticket(ticket, transfer):
        # A gate let someone in with it at this very moment.
        raise NotPassedOnError(label=ticket.place.label, reason=USED)
    publish("bookings.ticket_accepted", transfer_id=transfer.pk)
    return transfer


def close_lapsed_transfers(*, now: datetime) -> int:
    """Close offers that nobody accepted before the doors opened; returns how many."""
    doors_at = Coalesce("ticket__event_session__doors_at", "ticket__event_session__starts_at")
    lapsed = Transfer.objects.filter(status=Status.OPEN).annotate(doors_at=doors_at).filter(doors_at__lte=now)
    keys = list(lapsed.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return Transfer.objects.filter(pk__in=keys, status=Status.OPEN).update(status=Status.LAPSED, closed_at=now)


def _lock_ticket(ticket_id: int) -> Ticket:
    booking = lock_booking(Ticket.objects.values_list("booking_id", flat=True).get(pk=ticket_id))
    related = ["event_session__event", "place__section", "place__seat"]
    ticket = Ticket.objects.select_related(*related).get(pk=ticket_id)
    ticket.booking = booking
    return ticket


def _lock_transfer(transfer_id: int) -> Transfer:
    """As it is once nobody else is at its booking: a ticket changes under its booking's lock alone."""
    ticket = _lock_ticket(Transfer.objects.values_list("ticket_id", flat=True).get(pk=transfer_id))
    transfer = Transfer.objects.select_related("sender").get(pk=transfer_id)
    transfer.ticket = ticket
    return transfer


def _check_may_go(ticket: Ticket, now: datetime) -> None:
    if reason := why_not_passed_on(ticket, now, passed_on=count_passed_on(ticket)):
        raise NotPassedOnError(label=ticket.place.label, reason=reason)


def _close(transfer: Transfer, status: Transfer.Status, now: datetime) -> None:
    transfer.status, transfer.closed_at = status, now
    transfer.save()
