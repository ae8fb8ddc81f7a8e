import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from djmoney.money import Money

from bookings.errors import HoldLapsedError
from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.selectors import Summary, summarise
from bookings.services.lifecycle import list_items_to_sell
from payments.changes import due_of
from payments.credit import CreditUse
from payments.errors import CreditChangedError, GatewayRefusedError, GatewayUnavailableError, NothingToPayError
from payments.gateways.base import PaymentPage
from payments.gateways.registry import get_gateway, get_saving_gateway
from payments.methods import Method
from payments.models import Payment
from payments.offers import Offer
from payments.services.changing import buy
from payments.services.charging import charge_saved, describe, giving_up
from payments.services.credit import return_all_credit, take_credit
from payments.services.settling import abandon_payment
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


def start_payment(*, booking_id: int, offer: Offer, now: datetime, credit: CreditUse | None = None) -> Payment:
    """Open a page at the provider for a booking that went to checkout, or charge a saved card at once.

    Pressing the button twice leads to the same page; another way to pay closes the pages before, also when
    two windows choose at once. An attempt that was closed meanwhile has no `page_url`. `credit` pays a part, and is
    kept for this attempt until it ends. Raises HoldLapsedError, NothingToPayError, CreditChangedError,
    GatewayUnavailableError, GatewayRefusedError; after the last two the basket may be changed or paid again.
    """
    payment, earlier = retry_on_conflict(
        lambda: _open_payment(booking_id=booking_id, offer=offer, credit=credit, now=now)
    )
    if offer.saved is not None:
        charge_saved(payment, offer.saved, now)
    elif not payment.page_url:
        _open_page(payment, now)
    _close_pages(earlier, now)
    return payment


def pay_with_credit(*, booking_id: int, credit: CreditUse, now: datetime) -> Booking:
    """Turn credit that covers the whole booking into tickets at once.

    Raises HoldLapsedError, CreditChangedError, PlacesGoneError; nothing has changed then.
    """
    booking, earlier = retry_on_conflict(lambda: _buy_with_credit(booking_id=booking_id, credit=credit, now=now))
    _close_pages(earlier, now)
    return booking


@transaction.atomic(durable=True)
def _buy_with_credit(*, booking_id: int, credit: CreditUse, now: datetime) -> tuple[Booking, list[int]]:
    booking = _lock_unpaid(booking_id, now)
    items = list_items_to_sell(booking)
    if due_of(booking, Summary(booking=booking, items=items).total) != credit.amount:
        raise CreditChangedError
    return_all_credit(booking.pk)
    payment = take_credit(booking, credit, status=Payment.Status.PAID, now=now)
    buy(booking, [payment], items, now)
    return booking, [each.pk for each in _list_open_attempts(booking)]


def change_without_paying(*, booking_id: int, now: datetime) -> Booking:
    """Confirm a change that costs no more than the tickets it replaces; what is left of them goes back.

    Raises HoldLapsedError, ChangeSumError, TicketsGoneError, PlacesGoneError; nothing has changed then.
    """
    change, earlier = retry_on_conflict(lambda: _change_without_paying(booking_id=booking_id, now=now))
    _close_pages(earlier, now)
    return change


@transaction.atomic(durable=True)
def _change_without_paying(*, booking_id: int, now: datetime) -> tuple[Booking, list[int]]:
    change = lock_booking(booking_id)
    if change.is_confirmed:
        return change, []
    if change.replaces_id is None or change.status != Booking.Status.AWAITING_PAYMENT or not change.is_live(now):
        raise HoldLapsedError
    return_all_credit(change.pk)
    buy(change, [], list_items_to_sell(change), now)
    return change, [each.pk for each in _list_open_attempts(change)]


def _lock_unpaid(booking_id: int, now: datetime) -> Booking:
    booking = lock_booking(booking_id)
    if booking.status != Booking.Status.AWAITING_PAYMENT or not booking.is_live(now):
        raise HoldLapsedError
    return booking


def _list_open_attempts(booking: Booking) -> list[Payment]:
    """The newest first."""
    pending = booking.payments.at_providers().filter(status=Payment.Status.PENDING)
    return list(pending.select_related("credit").order_by("-pk"))


def _open_page(payment: Payment, now: datetime) -> None:
    page_address = settings.SITE_URL + payment.get_absolute_url()
    open_page: Callable[..., PaymentPage] = get_gateway(payment.gateway).create_payment
    if payment.saves_card and payment.booking.buyer:
        saving = get_saving_gateway(payment.gateway)
        open_page = partial(saving.create_payment, keep_for=payment.booking.buyer.email)
    with giving_up(payment, now):
        page = open_page(
            reference=str(payment.public_id),
            amount=payment.amount,
            method=Method(payment.method),
            description=describe(payment),
            return_url=page_address,
            cancel_url=f"{page_address}?outcome=cancelled",
            expires_at=payment.booking.held_until,
        )
    still_open = Payment.objects.filter(pk=payment.pk, status=Payment.Status.PENDING)
    if still_open.update(provider_id=page.provider_id, page_url=page.url):
        payment.provider_id, payment.page_url = page.provider_id, page.url
        return
    # Another window chose while this page was made: what nobody is sent to, nobody shall pay on.
    Payment.objects.filter(pk=payment.pk).update(provider_id=page.provider_id)
    with not_now(payment.pk):
        get_gateway(payment.gateway).cancel_payment(page.provider_id)


def _close_pages(payment_ids: Iterable[int], now: datetime) -> None:
    """The customer chose again: nobody shall pay on the pages before. If somebody does, that money goes back."""
    for payment_id in payment_ids:
        with not_now(payment_id):
            abandon_payment(payment_id=payment_id, now=now)


@contextmanager
def not_now(payment_id: int) -> Iterator[None]:
    """A provider that does not close a page keeps nobody from paying on another one."""
    try:
        yield
    except (GatewayUnavailableError, GatewayRefusedError):
        logger.info("page not closed", extra={"payment_id": payment_id})


@transaction.atomic(durable=True)
def _open_payment(
    *, booking_id: int, offer: Offer, credit: CreditUse | None, now: datetime
) -> tuple[Payment, list[int]]:
    """The attempt, and those that were chosen before it: of two choices at once, the later one stays open."""
    booking = _lock_unpaid(booking_id, now)
    total = due_of(booking, summarise(booking).total)
    amount = total - credit.amount if credit else total
    if amount.amount <= 0:
        # What a change costs follows what is left of its old tickets, and may have sunk since the page was shown.
        raise NothingToPayError
    earlier = _list_open_attempts(booking)
    # Only the newest: an older one may be about to be closed by the window that chose after it.
    if earlier and is_same(earlier[0], offer, amount, credit):
        payment = earlier.pop(0)
    else:
        payment = Payment(
            booking=booking, gateway=offer.gateway, method=offer.method, saved_method=offer.saved, created_at=now
        )
        payment.saves_card = offer.keeps_card
        payment.amount = amount
        if credit:
            # The attempts before this one are about to be closed; what they keep is needed here.
            return_all_credit(booking.pk)
            payment.credit = take_credit(booking, credit, status=Payment.Status.PENDING, now=now)
        payment.save()
    return payment, [each.pk for each in earlier]


def is_same(payment: Payment, offer: Offer, amount: Money, credit: CreditUse | None) -> bool:
    # A charge whose saved card was deleted meanwhile has an id and no page.
    is_other_charge = offer.saved is None and payment.provider_id and not payment.page_url
    chosen = (offer.gateway, offer.method, offer.saved.pk if offer.saved else None, offer.keeps_card, amount)
    known = (payment.gateway, payment.method, payment.saved_method_id, payment.saves_card, payment.amount)
    return known == chosen and not is_other_charge and keeps(payment, credit)


def keeps(payment: Payment, credit: CreditUse | None) -> bool:
    """Whether the attempt keeps just this credit."""
    kept = payment.credit
    if kept is None or credit is None:
        return kept is None and credit is None
    is_there = kept.status == Payment.Status.PENDING
    return is_there and (kept.voucher_id, kept.amount) == (credit.voucher.pk, credit.amount)
