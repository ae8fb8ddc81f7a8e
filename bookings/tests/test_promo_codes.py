"""Promo codes in baskets: what is paid, what was taken off, and how often a code is used."""

from datetime import timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from bookings.errors import HoldLapsedError, PaymentUnderWayError
from bookings.models import Booking
from bookings.selectors import Summary, list_items, summarise
from bookings.services.holds import change_ticket_types, release_booking, remove_item
from bookings.services.lifecycle import confirm_free_booking, expire_booking, start_checkout
from bookings.services.promo_codes import drop_promo_code, use_promo_code
from events.models import TicketType
from payments.invariants import find_breaches
from payments.models import Payment, Refund
from payments.services.cancelling import cancel_booking, cancel_tickets
from promotions.errors import (
    PromoCodeElsewhereError,
    PromoCodeOverError,
    PromoCodeSpentError,
    PromoCodeTooEarlyError,
    PromoCodeUnknownError,
    PromoCodeUsedUpError,
)
from promotions.models import PromoCode
from tests.booking import CONTACT, go_to_payment, hold, pay
from tests.factories import NOON, make_event, make_event_session, make_ticket_type, make_user

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def make_code(code="SPRING", **fields):
    if "amount" not in fields:
        fields.setdefault("percent", Decimal(10))
    events, ticket_types = fields.pop("events", []), fields.pop("ticket_types", [])
    made = PromoCode.objects.create(code=code, **fields)
    made.events.set(events)
    made.ticket_types.set(ticket_types)
    return made


def use(booking, typed="spring", now=NOON):
    return use_promo_code(booking_id=booking.pk, typed=typed, now=now)


def prices(booking):
    return [(item.price.amount, item.taken_off) for item in booking.items.order_by("pk")]


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 B1", ticket_types={"Child": "20.00"})


def test_every_ticket_costs_less_and_keeps_what_was_taken_off(event_session):
    make_code()
    booking = use(hold(event_session, "A1 A2"))

    summary = Summary(booking=booking, items=list_items(booking))

    assert prices(booking) == [(Decimal("40.50"), Decimal("4.50"))] * 2
    assert (summary.full_price, summary.taken_off, summary.total) == (
        Money(90, "EUR"),
        Money(9, "EUR"),
        Money(81, "EUR"),
    )


def test_fees_are_a_share_of_what_is_paid():
    event = make_event(fee_per_ticket="1.50", fee_percent="5", fee_per_booking="2.00")
    make_code(percent=Decimal(50))
    booking = use(hold(make_event_session("A1", event=event), "A1"))

    # 5 % of 22.50 is 1.125.
    assert booking.items.get().fee == Money("4.63", "EUR")
    assert drop_promo_code(booking_id=booking.pk, now=NOON).items.get().fee == Money("5.75", "EUR")


def test_places_that_come_later_and_other_ticket_types_get_it_too(event_session):
    make_code(amount=Decimal(5))
    booking = use(hold(event_session, "A1"))

    hold(event_session, "A2", basket=booking)
    child = TicketType.objects.get(name="Child")
    change_ticket_types(booking_id=booking.pk, ticket_types={booking.items.order_by("pk")[0].pk: child.pk}, now=NOON)

    assert prices(booking) == [(Decimal(15), Decimal(5)), (Decimal(40), Decimal(5))]


def test_a_second_look_at_the_sums_takes_nothing_off_twice(event_session):
    make_code()
    booking = use(use(hold(event_session, "A1 A2")))

    remove_item(booking_id=booking.pk, item_id=booking.items.order_by("pk")[0].pk, now=NOON)

    assert prices(booking) == [(Decimal("40.50"), Decimal("4.50"))]


def test_another_code_takes_the_place_of_the_first(event_session):
    make_code()
    make_code("HALF", percent=Decimal(50))
    booking = use(use(hold(event_session, "A1")), "half")

    assert prices(booking) == [(Decimal("22.50"), Decimal("22.50"))]
    assert booking.promo_code.code == "HALF"


def test_without_the_code_the_full_price_is_back(event_session):
    make_code()
    booking = use(hold(event_session, "A1"))

    drop_promo_code(booking_id=booking.pk, now=NOON)

    booking.refresh_from_db()
    assert prices(booking) == [(Decimal(45), Decimal(0))]
    assert booking.promo_code is None


def test_a_code_is_for_the_events_types_and_categories_it_names(event_session):
    other = make_event_session("A1", {"Floor": 3}, event=make_event(title="Other"))
    floor = other.plan.sections.get(name="Floor")
    make_code("EVENT", events=[other.event])
    make_code("CHILD", ticket_types=[make_ticket_type("Child")])
    make_code("FLOOR", categories="Gallery, floor")
    booking = hold(event_session, "A1", ticket_type_id=make_ticket_type("Child").pk)
    hold(other, "A1", basket=booking)
    hold(other, standing={floor.pk: 1}, basket=booking)

    taken = {}
    for typed in ("EVENT", "CHILD", "FLOOR"):
        taken[typed] = [off > 0 for _price, off in prices(use(booking, typed))]

    assert taken == {"EVENT": [False, True, True], "CHILD": [True, False, False], "FLOOR": [False, False, True]}


def test_a_code_that_fits_nothing_is_refused_and_changes_nothing(event_session):
    make_code(events=[make_event()])
    booking = hold(event_session, "A1")

    with pytest.raises(PromoCodeElsewhereError):
        use(booking)

    booking.refresh_from_db()
    assert booking.promo_code is None
    assert prices(booking) == [(Decimal(45), Decimal(0))]


def test_a_code_leaves_the_basket_with_the_last_ticket_it_is_for(event_session):
    make_code(ticket_types=[make_ticket_type("Child")])
    booking = use(hold(event_session, "A1", ticket_type_id=make_ticket_type("Child").pk))

    item = booking.items.get()
    change_ticket_types(booking_id=booking.pk, ticket_types={item.pk: make_ticket_type("Adult").pk}, now=NOON)

    booking.refresh_from_db()
    assert booking.promo_code is None
    assert prices(booking) == [(Decimal(45), Decimal(0))]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"starts_at": NOON + timedelta(minutes=1)}, PromoCodeTooEarlyError),
        ({"ends_at": NOON}, PromoCodeOverError),
        ({"is_active": False}, PromoCodeUnknownError),
    ],
)
def test_a_code_out_of_its_time_is_refused(event_session, fields, error):
    make_code(**fields)
    booking = hold(event_session, "A1")

    with pytest.raises(error):
        use(booking)

    assert prices(booking) == [(Decimal(45), Decimal(0))]


def test_a_use_counts_from_the_basket_on_and_is_free_again_when_the_basket_lapses(event_session):
    make_code(most_uses=1)
    first = use(hold(event_session, "A1"))
    second = hold(event_session, "A2")
    with pytest.raises(PromoCodeUsedUpError):
        use(second)

    third = hold(event_session, "A3", now=LATER)

    assert use(third, now=LATER).promo_code is not None
    assert Booking.objects.get(pk=first.pk).status == Booking.Status.HELD  # No sweeper was needed.


@pytest.mark.parametrize("give_back", [release_booking, drop_promo_code])
def test_a_use_is_free_again_when_the_customer_gives_it_back(event_session, give_back):
    make_code(most_uses=1)
    first = use(hold(event_session, "A1"))

    give_back(booking_id=first.pk, now=NOON)

    assert use(hold(event_session, "A2")).promo_code is not None


def test_a_use_is_free_again_when_the_whole_booking_is_cancelled(event_session):
    make_code(most_uses=1)
    booking = pay(go_to_payment(use(hold(event_session, "A1")))).booking
    second = hold(event_session, "A2")
    with pytest.raises(PromoCodeUsedUpError):
        use(second)

    cancel_booking(booking_id=booking.pk, now=NOON)

    assert use(second).promo_code is not None
    assert not list(find_breaches())


@pytest.mark.parametrize("same", [{"email": "ALICE@example.com", "phone": ""}, {"email": "", "phone": CONTACT.phone}])
def test_guests_are_known_at_checkout_by_email_or_phone(event_session, same):
    make_code(most_uses_per_customer=1)
    pay(go_to_payment(use(hold(event_session, "A1"))))
    booking = use(hold(event_session, "A2"))
    contact = type(CONTACT)(name="Someone", **same)

    with pytest.raises(PromoCodeSpentError):
        start_checkout(booking_id=booking.pk, contact=contact, buyer=None, now=NOON)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.HELD


def test_a_signed_in_customer_hears_of_the_limit_in_the_basket(event_session):
    alice = make_user("alice")
    make_code(most_uses_per_customer=1)
    use(hold(event_session, "A1", buyer=alice))

    with pytest.raises(PromoCodeSpentError):
        use(hold(event_session, "A2", buyer=alice))
    assert use(hold(event_session, "A3", buyer=make_user("bob"))).promo_code is not None


def test_nobody_changes_the_code_while_a_payment_is_under_way_or_the_time_is_over(event_session):
    make_code()
    booking = hold(event_session, "A1")
    with pytest.raises(HoldLapsedError):
        use(booking, now=LATER)
    go_to_payment(booking)

    with pytest.raises(PaymentUnderWayError):
        use(booking)


def test_who_pays_pays_less_and_the_ledger_agrees(event_session):
    make_code()
    payment = pay(go_to_payment(use(hold(event_session, "A1 A2"))))

    assert payment.status == Payment.Status.PAID
    assert payment.amount == Money(81, "EUR")
    assert not list(find_breaches())


def test_a_ticket_that_goes_back_gives_back_what_was_paid_for_it(event_session):
    make_code(percent=Decimal("33.33"))
    booking = pay(go_to_payment(use(hold(event_session, "A1 A2 A3")))).booking

    cancel_tickets(booking_id=booking.pk, ticket_ids=[booking.tickets.order_by("pk")[0].pk], now=NOON)

    assert Refund.objects.get().amount == Money("30.00", "EUR")
    assert not list(find_breaches())


def test_what_costs_nothing_any_more_is_confirmed_without_money(event_session):
    make_code(percent=Decimal(100))
    booking = use(hold(event_session, "A1"))
    start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)

    assert confirm_free_booking(booking_id=booking.pk, now=NOON).is_confirmed
    assert not list(find_breaches())


def test_late_money_keeps_its_price_while_the_use_is_there(event_session):
    make_code(most_uses=1)
    payment = go_to_payment(use(hold(event_session, "A1")))
    expire_booking(booking_id=payment.booking_id, now=LATER)

    paid = pay(payment, LATER)

    assert Booking.objects.get(pk=payment.booking_id).is_confirmed
    assert summarise(paid.booking).total == Money("40.50", "EUR")


def test_late_money_goes_back_when_someone_else_has_the_last_use(event_session):
    make_code(most_uses=1)
    payment = go_to_payment(use(hold(event_session, "A1")))
    expire_booking(booking_id=payment.booking_id, now=LATER)
    use(hold(event_session, "A2", now=LATER), now=LATER)

    pay(payment, LATER)

    assert Booking.objects.get(pk=payment.booking_id).status == Booking.Status.EXPIRED
    assert Refund.objects.get().reason == Refund.Reason.LATE
    assert not list(find_breaches())
