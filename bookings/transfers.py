"""Tickets on their way to somebody else: whether one may go, and the private links of both sides."""

from collections.abc import Collection
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.crypto import salted_hmac
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.selectors import list_verified_addresses
from bookings.models import Ticket, Transfer

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

ON_TICKET = [
    *("ticket__booking", "ticket__place__section", "ticket__place__seat", "ticket__item__ticket_type"),
    *("ticket__event_session__event", "ticket__event_session__hall__venue", "sender"),
]
KEY_LENGTH = 32
USED = _("It was used at the gate.")


def why_not_passed_on(ticket: Ticket, now: datetime, *, passed_on: int = 0) -> "_StrPromise | None":
    """Why this ticket may not go to somebody else, after so many times that it did; None when it may.

    Needs its session and event loaded.
    """
    event_session, limit = ticket.event_session, ticket.event_session.event.transfers_per_ticket
    reasons = [
        (ticket.status == Ticket.Status.VOID, _("It was cancelled.")),
        (ticket.status == Ticket.Status.OFFERED, _("It is offered for resale. Take it back first.")),
        (ticket.checked_in_at is not None, USED),
        (event_session.is_called_off, _("This date was cancelled.")),
        (ticket.are_doors_open(now), _("The doors are open, so it cannot be passed on any more.")),
        (limit == 0, _("Tickets for this event cannot be passed on.")),
        (
            passed_on >= limit,
            format_lazy(_("It was passed on {limit} times already, which is the most for this event."), limit=limit),
        ),
    ]
    return next((reason for holds, reason in reasons if holds), None)


def count_passed_on(ticket: Ticket) -> int:
    return Transfer.objects.filter(ticket=ticket, status=Transfer.Status.ACCEPTED).count()


def make_received_key(transfer: Transfer, token: str) -> str:
    """The recipient's private link, for the form that they sent: a repeat of it leads to the same page.

    Whoever sent the ticket knows the offer's key, but neither the token of that form nor our secret.
    """
    return salted_hmac("bookings.transfer", f"{transfer.offer_key}:{token}").hexdigest()[:KEY_LENGTH]


def say_over(transfer: Transfer) -> "_StrPromise":
    """Why an offer cannot be accepted any more."""
    reasons = {
        Transfer.Status.ACCEPTED: _("Somebody accepted this ticket already."),
        Transfer.Status.WITHDRAWN: _("This ticket is not offered any more: it stays with whoever sent it."),
        Transfer.Status.LAPSED: _("The doors are open, so this ticket cannot be accepted any more."),
    }
    return reasons[Transfer.Status(transfer.status)]


def find_open_transfer(ticket: Ticket) -> Transfer | None:
    return Transfer.objects.filter(ticket=ticket, status=Transfer.Status.OPEN).first()


def get_offer(offer_key: str) -> Transfer:
    """The offer that this link opens; 404 for any other key."""
    return _get_transfer(Transfer.objects.filter(offer_key=offer_key))


def get_received(access_key: str) -> Transfer:
    """The accepted ticket behind its recipient's private link; 404 for any other key."""
    return _get_transfer(Transfer.objects.filter(access_key=access_key, status=Transfer.Status.ACCEPTED))


def _get_transfer(transfers: QuerySet[Transfer]) -> Transfer:
    transfer = transfers.select_related(*ON_TICKET).defer("ticket__event_session__event__description").first()
    if transfer is None:
        raise Http404
    return transfer


def list_received_by(user: User, now: datetime) -> list[Transfer]:
    """Tickets that others passed to this person, that are still theirs and to come, the next evening first.

    Also those that they accepted without signing in, and those that wait to be accepted: by the addresses that the
    person has shown to be theirs, because that is where the private links were mailed.
    """
    addresses = list_verified_addresses(user)
    accepted = Q(recipient=user) | Q(recipient=None) & _is_one_of("recipient_email", addresses)
    found = Transfer.objects.filter(
        Q(status=Transfer.Status.ACCEPTED) & accepted | Q(status=Transfer.Status.OPEN) & _is_one_of("email", addresses),
        ticket__event_session__ends_at__gte=now,
    )
    known = {address.casefold() for address in addresses}
    rows = found.select_related(*ON_TICKET).defer("ticket__event_session__event__description")
    mine = [each for each in rows if _is_for(each, user, known) and (is_theirs(each) or _may_be_accepted(each, now))]
    return sorted(mine, key=lambda each: each.ticket.event_session.starts_at)


def _is_one_of(column: str, addresses: Collection[str]) -> Q:
    return reduce(or_, (Q(**{f"{column}__iexact": address}) for address in addresses), Q(pk__in=[]))


def _is_for(transfer: Transfer, user: User, addresses: Collection[str]) -> bool:
    """Once more by the letter: to MariaDB josé@ is jose@, and those are two people."""
    if transfer.recipient_id is not None:
        return transfer.recipient_id == user.pk
    return (transfer.email if transfer.is_open else transfer.recipient_email).casefold() in addresses


def _may_be_accepted(transfer: Transfer, now: datetime) -> bool:
    return transfer.is_open and why_not_passed_on(transfer.ticket, now) is None


def is_theirs(transfer: Transfer) -> bool:
    """Not passed on again, and not void; needs the ticket loaded."""
    return transfer.ticket.transfer_id == transfer.pk and transfer.ticket.status == Ticket.Status.VALID


def full_link(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
