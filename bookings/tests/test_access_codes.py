"""Access codes: hidden prices and presales, for those who have the code and for nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from djmoney.money import Money

from bookings.errors import AccessLostError, CodeNeededError, NotOnSaleError, OtherCodeError
from bookings.models import Booking, Place
from bookings.selectors import summarise
from bookings.services.holds import change_ticket_types
from bookings.services.lifecycle import start_checkout
from bookings.services.promo_codes import drop_promo_code, use_promo_code
from events.models import PriceTier, TicketType
from payments.invariants import find_breaches
from payments.models import Refund
from promotions.errors import PromoCodeUsedUpError
from promotions.models import PromoCode
from tests.booking import CONTACT, ask_best, go_to_payment, hold, pay
from tests.factories import NOON, get_section, make_event_session, make_ticket_type, make_tiers

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def make_access(event_session, code="MEMBER", **fields):
    made = PromoCode.objects.create(code=code, **({"opens_hidden": True} | fields))
    made.events.add(event_session.event)
    return made


@pytest.fixture
def event_session():
    """Seats for adults, and for members at a hidden price; the floor is for members alone."""
    made = make_event_session("A1 A2 A3 B1", {"Floor": 4})
    member = make_ticket_type("Member", 5)
    make_tiers(made, member, "30.00")
    PriceTier.objects.filter(ticket_type=member).update(is_hidden=True)
    PriceTier.objects.filter(category__name="Floor").update(is_hidden=True)
    return made


@pytest.fixture
def presale():
    """Booking opens tomorrow."""
    return make_event_session("A1 A2 A3 B1", booking_opens_at=NOON + timedelta(days=1))


def member_id():
    return TicketType.objects.get(name="Member").pk


def types_of(booking):
    return [item.ticket_type.name for item in booking.items.order_by("pk")]


def test_a_hidden_ticket_type_is_for_those_with_the_code(event_session):
    code = make_access(event_session)

    booking = hold(event_session, "A1", ticket_type_id=member_id(), codes=["MEMBER"])

    assert types_of(booking) == ["Member"]
    assert summarise(booking).total == Money(30, "EUR")
    assert Booking.objects.get(pk=booking.pk).promo_code == code


def test_asked_for_without_the_code_a_hidden_type_is_the_usual_one(event_session):
    make_access(event_session)

    booking = hold(event_session, "A1", ticket_type_id=member_id())

    assert types_of(booking) == ["Adult"]
    assert booking.promo_code is None


def test_places_that_have_hidden_prices_alone_are_held_by_nobody_without_the_code(event_session):
    floor = get_section(event_session, "Floor")
    make_access(event_session)

    with pytest.raises(NotOnSaleError):
        hold(event_session, standing={floor.pk: 1})
    with pytest.raises(NotOnSaleError):
        ask_best(event_session, 1, category_id=floor.category_id)

    assert not Place.objects.exclude(booking=None).exists()
    assert hold(event_session, standing={floor.pk: 2}, codes=["MEMBER"]).items.count() == 2
    assert ask_best(event_session, 1, category_id=floor.category_id, codes=["MEMBER"]).items.count() == 1


def test_the_best_of_any_price_spends_no_code(event_session):
    make_access(event_session)

    booking = ask_best(event_session, 2, codes=["MEMBER"])

    assert types_of(booking) == ["Adult", "Adult"]
    assert booking.promo_code is None


def test_places_that_everybody_may_have_spend_no_code(event_session):
    make_access(event_session)

    assert hold(event_session, "A1", codes=["MEMBER"]).promo_code is None


def test_a_basket_changes_to_a_hidden_type_only_with_its_code(event_session):
    make_access(event_session)
    booking = hold(event_session, "A1")
    wanted = {booking.items.get().pk: member_id()}

    change_ticket_types(booking_id=booking.pk, ticket_types=wanted, now=NOON)
    assert types_of(booking) == ["Adult"]

    use_promo_code(booking_id=booking.pk, typed="member", now=NOON)
    change_ticket_types(booking_id=booking.pk, ticket_types=wanted, now=NOON)
    assert types_of(booking) == ["Member"]


def test_a_code_for_one_type_opens_no_other(event_session):
    press = make_ticket_type("Press", 6)
    make_tiers(event_session, press, "0.00")
    PriceTier.objects.filter(ticket_type=press).update(is_hidden=True)
    make_access(event_session).ticket_types.add(TicketType.objects.get(name="Member"))

    booking = hold(event_session, "A1", ticket_type_id=press.pk, codes=["MEMBER"])

    assert types_of(booking) == ["Adult"]


def test_a_code_may_open_and_take_something_off(event_session):
    make_access(event_session, percent=50)

    booking = hold(event_session, "A1", ticket_type_id=member_id(), codes=["MEMBER"])

    assert summarise(booking).total == Money(15, "EUR")


def test_booking_opens_early_for_those_with_the_code_of_the_event(presale):
    make_access(presale, "FANS", opens_hidden=False, opens_early=True)
    make_access(make_event_session("A1"), "OTHERS", opens_early=True)
    make_access(presale, "HIDDEN")

    for codes in ([], ["HIDDEN"], ["OTHERS"], ["UNKNOWN"]):
        with pytest.raises(NotOnSaleError):
            hold(presale, "A1", codes=codes)
        with pytest.raises(NotOnSaleError):
            ask_best(presale, 1, codes=codes)

    assert hold(presale, "A1", codes=["UNKNOWN", "FANS"]).promo_code.code == "FANS"
    assert ask_best(presale, 2, codes=["FANS"]).promo_code.code == "FANS"


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": NOON + timedelta(minutes=1)},
        {"ends_at": NOON},
        {"is_active": False},
    ],
)
def test_a_code_out_of_its_time_opens_nothing(presale, fields):
    make_access(presale, "FANS", opens_early=True, **fields)

    with pytest.raises(NotOnSaleError):
        hold(presale, "A1", codes=["FANS"])


def test_a_presale_sells_what_its_code_is_for(presale):
    child = make_ticket_type("Child", 3)
    make_tiers(presale, child, "20.00")
    make_access(presale, "FANS", opens_early=True).ticket_types.add(child)

    booking = hold(presale, "A1", codes=["FANS"])
    adult = TicketType.objects.get(name="Adult")
    change_ticket_types(booking_id=booking.pk, ticket_types={booking.items.get().pk: adult.pk}, now=NOON)

    assert types_of(booking) == ["Child"]


def test_a_draft_and_a_session_that_closed_are_sold_to_nobody():
    draft = make_event_session("A1", published=False)
    closed = make_event_session("A1", booking_closes_at=NOON - timedelta(hours=1))
    for event_session in (draft, closed):
        make_access(event_session, f"FANS{event_session.pk}", opens_early=True)

        with pytest.raises(NotOnSaleError):
            hold(
                event_session, "A1" if event_session == closed else "", seat_ids=[1], codes=[f"FANS{event_session.pk}"]
            )


def test_the_code_stays_while_its_places_are_in_the_basket(event_session):
    make_access(event_session)
    PromoCode.objects.create(code="SPRING", percent=10)
    booking = hold(event_session, "A1", ticket_type_id=member_id(), codes=["MEMBER"])

    with pytest.raises(CodeNeededError, match="MEMBER"):
        drop_promo_code(booking_id=booking.pk, now=NOON)
    with pytest.raises(CodeNeededError, match="row A, seat 1"):
        use_promo_code(booking_id=booking.pk, typed="SPRING", now=NOON)

    assert Booking.objects.get(pk=booking.pk).promo_code.code == "MEMBER"
    adult = TicketType.objects.get(name="Adult")
    change_ticket_types(booking_id=booking.pk, ticket_types={booking.items.get().pk: adult.pk}, now=NOON)
    assert drop_promo_code(booking_id=booking.pk, now=NOON).promo_code is None


def test_one_basket_has_one_code(event_session):
    make_access(event_session)
    PromoCode.objects.create(code="SPRING", percent=10)
    booking = hold(event_session, "A1")
    use_promo_code(booking_id=booking.pk, typed="SPRING", now=NOON)

    with pytest.raises(OtherCodeError, match="SPRING"):
        hold(event_session, "A2", ticket_type_id=member_id(), basket=booking, codes=["MEMBER"])

    assert booking.items.count() == 1


def test_uses_are_counted_from_the_basket_on(event_session):
    make_access(event_session, most_uses=1)
    hold(event_session, "A1", ticket_type_id=member_id(), codes=["MEMBER"])

    with pytest.raises(PromoCodeUsedUpError):
        hold(event_session, "A2", ticket_type_id=member_id(), codes=["MEMBER"])

    assert hold(event_session, "A2", codes=["MEMBER"]).items.count() == 1
    assert hold(event_session, "A3", ticket_type_id=member_id(), codes=["MEMBER"], now=LATER).items.count() == 1


def test_more_places_in_the_same_basket_are_one_use(event_session):
    make_access(event_session, most_uses=1)
    booking = hold(event_session, "A1", ticket_type_id=member_id(), codes=["MEMBER"])

    hold(event_session, "A2", ticket_type_id=member_id(), basket=booking, codes=["MEMBER"])

    assert types_of(booking) == ["Member", "Member"]


def test_a_code_switched_off_takes_nobody_to_payment(event_session):
    code = make_access(event_session)
    booking = hold(event_session, "A1", ticket_type_id=member_id(), codes=["MEMBER"])
    PromoCode.objects.filter(pk=code.pk).update(is_active=False)

    with pytest.raises(AccessLostError, match="row A, seat 1"):
        start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)

    assert Booking.objects.get(pk=booking.pk).status == Booking.Status.HELD


def test_a_presale_basket_is_paid_after_the_code_ended(presale):
    make_access(presale, "FANS", opens_early=True, ends_at=NOON + timedelta(minutes=2))
    booking = hold(presale, "A1", codes=["FANS"])

    pay(go_to_payment(booking, now=NOON + timedelta(minutes=5)), now=NOON + timedelta(minutes=6))

    assert Booking.objects.get(pk=booking.pk).is_confirmed


@pytest.mark.parametrize("change", ["switched off", "used up"])
def test_late_money_for_what_is_closed_again_goes_back(presale, change):
    code = make_access(presale, "FANS", opens_early=True, most_uses=1)
    payment = go_to_payment(hold(presale, "A1", codes=["FANS"]))
    Booking.objects.filter(pk=payment.booking_id).update(status=Booking.Status.EXPIRED)
    if change == "switched off":
        PromoCode.objects.filter(pk=code.pk).update(is_active=False)
    else:
        hold(presale, "A2", codes=["FANS"], now=LATER)

    pay(payment, now=LATER)

    assert Refund.objects.get().amount == payment.amount
    assert not Booking.objects.filter(status=Booking.Status.CONFIRMED).exists()
    assert list(find_breaches()) == []


def test_pages_for_everybody_know_no_hidden_price(event_session, client):
    PriceTier.objects.filter(ticket_type__name="Member").update(price=1)
    event_session.starts_at = timezone.now() + timedelta(days=3)
    for path in (event_session.event.get_absolute_url(), "/"):
        assert "1.00" not in client.get(path).content.decode()
