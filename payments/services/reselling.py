"""Whoever offered a ticket for resale gets their money once somebody else has bought its place."""

import logging
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from bookings.locks import is_resold, lock_booking
from bookings.models import Place, Resale
from bookings.services.reselling import sell_offered
from payments.models import Refund
from payments.resales import kept_fee
from payments.services.cancelling import name_void, void_sale
from payments.services.promising import promise_from_booking
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


def settle_resales_of(*, booking_id: int) -> None:
    """Outbox handler: this booking was confirmed, and may have bought places that others offered."""
    _settle(list_sold().filter(ticket__place__booking=booking_id), timezone.now())


def settle_sold(*, now: datetime) -> int:
    """Those whose news were lost or came to a failing worker; returns how many."""
    return _settle(list_sold(), now)


def list_sold() -> QuerySet[Resale]:
    """Open offers whose place another booking has bought."""
    offers = Resale.objects.filter(status=Resale.Status.OPEN, ticket__place__state=Place.State.SOLD)
    return offers.exclude(ticket__place__booking=F("ticket__booking"))


def _settle(offers: QuerySet[Resale], now: datetime) -> int:
    resale_ids = list(offers.order_by("pk").values_list("pk", flat=True))
    return sum(_try_to_settle(resale_id, now) for resale_id in resale_ids)


def _try_to_settle(resale_id: int, now: datetime) -> bool:
    """One that fails is logged and tried again by the worker; it keeps nobody else from their money."""
    try:
        return retry_on_conflict(partial(settle_resale, resale_id=resale_id, now=now))
    except Exception:
        logger.exception("resale not settled", extra={"resale_id": resale_id})
        return False


@transaction.atomic(durable=True)
def settle_resale(*, resale_id: int, now: datetime) -> bool:
    """Promise back what the ticket cost, less the fees where its event keeps them; False if that is not, or not any
    more, due. A repeat changes nothing.
    """
    booking = lock_booking(Resale.objects.values_list("ticket__booking", flat=True).get(pk=resale_id))
    resale = Resale.objects.select_related("ticket__item__event_session__event").get(pk=resale_id)
    ticket = resale.ticket
    if resale.status != Resale.Status.OPEN or not is_resold(ticket.place_id, booking):
        return False
    item = ticket.item
    kept, event_id = kept_fee(item), item.event_session.event_id
    sell_offered(booking, resale, now)
    key = name_void(booking, [ticket])
    topic = "payments.ticket_resold"
    amount = void_sale(booking, [item], topic=topic, kept=kept, kept_by={event_id: kept}, key=key, now=now)
    promise_from_booking(booking.pk, amount, reason=Refund.Reason.RESOLD, key=f"resold:{key}", now=now)
    return True
