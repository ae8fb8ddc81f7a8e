"""Tickets offered back: their places are on sale like any other until they are bought, taken back or time is up."""

import logging
from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from bookings.availability import announce
from bookings.locks import lock_booking, lock_unused, take_place_back
from bookings.models import Booking, Resale, Ticket
from bookings.resales import find_open_resales, why_not_offered
from bookings.services.holds import release_places
from bookings.services.lifecycle import void_resold
from bookings.services.seating_rules import check_companions_stay
from bookings.transfer_errors import InOthersBasketError, NotPassedOnError
from bookings.transfers import USED, find_open_transfer
from events.models import EventSession
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)

BATCH = 500
Status = Resale.Status


@transaction.atomic(durable=True)
def offer_for_resale(*, booking_id: int, ticket_ids: Collection[int], now: datetime) -> list[Resale]:
    """Put the tickets' places on sale: they open no door meanwhile. Those that are offered already stay so.

    All of them or none. Raises NotPassedOnError, CompanionStaysError.
    """
    booking = lock_booking(booking_id)
    found = booking.tickets.filter(pk__in=ticket_ids).exclude(status=Ticket.Status.OFFERED)
    tickets = list(found.select_related("event_session__event", "place__section", "place__seat").order_by("pk"))
    for ticket in tickets:
        if reason := why_not_offered(ticket, now, is_waiting=find_open_transfer(ticket) is not None):
            raise NotPassedOnError(label=ticket.place.label, reason=reason)
    check_companions_stay(booking, tickets)
    unused = lock_unused(tickets)
    for ticket in tickets:
        if ticket.pk not in unused:
            raise NotPassedOnError(label=ticket.place.label, reason=USED)
    Ticket.objects.filter(pk__in=unused).update(status=Ticket.Status.OFFERED)
    Resale.objects.bulk_create(Resale(ticket=ticket, created_at=now) for ticket in tickets)
    release_places(booking, place_ids=[ticket.place_id for ticket in tickets])
    if tickets:
        publish("bookings.tickets_offered", booking_id=booking.pk, ticket_ids=sorted(unused))
    return find_open_resales(booking)


@transaction.atomic(durable=True)
def take_back(*, booking_id: int, ticket_ids: Collection[int], now: datetime) -> int:
    """The owner keeps these after all, under the same codes; returns how many. Those not on offer are passed over.

    All of them or none. Raises InOthersBasketError.
    """
    booking = lock_booking(booking_id)
    offers = [each for each in find_open_resales(booking) if each.ticket_id in set(ticket_ids)]
    lost = [each for each in offers if not _return(booking, each, Status.WITHDRAWN, now)]
    if lost:
        raise InOthersBasketError(labels="; ".join(each.ticket.place.label for each in lost))
    return len(offers)


def return_unsold(*, now: datetime) -> int:
    """Tickets that nobody bought are their owners' again, once the sale is over or the doors are open; how many.

    One whose place is in somebody's basket waits for what becomes of that.
    """
    doors_at = Coalesce("ticket__event_session__doors_at", "ticket__event_session__starts_at")
    open_offers = Resale.objects.filter(status=Status.OPEN).annotate(doors_at=doors_at)
    is_over = Q(doors_at__lte=now) | Q(ticket__event_session__booking_closes_at__lte=now)
    # A date that was called off gives everybody their money, offered or not.
    on_show = open_offers.filter(is_over, ticket__event_session__status=EventSession.Status.PUBLISHED)
    waiting = list(on_show.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(_try_to_return(resale_id, now) for resale_id in waiting)


def _try_to_return(resale_id: int, now: datetime) -> bool:
    """One that fails is logged and tried again next time; it does not keep the others."""
    try:
        return retry_on_conflict(partial(_return_one, resale_id=resale_id, now=now))
    except Exception:
        logger.exception("unsold ticket not returned", extra={"resale_id": resale_id})
        return False


@transaction.atomic(durable=True)
def _return_one(*, resale_id: int, now: datetime) -> bool:
    booking = lock_booking(Resale.objects.values_list("ticket__booking", flat=True).get(pk=resale_id))
    resale = Resale.objects.select_related("ticket__place").get(pk=resale_id)
    if resale.status != Status.OPEN or not _return(booking, resale, Status.UNSOLD, now):
        return False
    publish("bookings.ticket_unsold", resale_id=resale.pk)
    return True


def _return(booking: Booking, resale: Resale, status: Resale.Status, now: datetime) -> bool:
    """The caller holds the booking's lock and found the resale open under it."""
    ticket = resale.ticket
    if not take_place_back(ticket.place_id, booking, now):
        return False
    Ticket.objects.filter(pk=ticket.pk).update(status=Ticket.Status.VALID)
    _close(resale, status, now)
    announce(ticket.event_session_id, taken=[ticket.place.seat_id] if ticket.place.seat_id else [])
    return True


def sell_offered(booking: Booking, resale: Resale, now: datetime) -> None:
    """Inner step: somebody else bought the place, so the ticket is void; the caller holds the booking's lock."""
    _close(resale, Status.SOLD, now)
    void_resold(booking, resale.ticket, now)


def _close(resale: Resale, status: Resale.Status, now: datetime) -> None:
    resale.status, resale.closed_at = status, now
    resale.save(update_fields=["status", "closed_at"])
