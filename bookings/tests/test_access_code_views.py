"""Access codes on the pages: who sees what, and what everybody's pages go on saying."""

from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking
from bookings.seatmap import scene
from bookings.views.access_cookie import SALT
from events.models import PriceTier, TicketType
from promotions.models import PromoCode
from tests.customer import TYPED, Customer
from tests.factories import get_section, make_event_session, make_ticket_type, make_tiers
from waitingroom.guard import forget_guarded
from waitingroom.models import Queue
from waitingroom.tests.queues import make_queue

pytestmark = pytest.mark.django_db


def make_access(event_session, code="MEMBER", **fields):
    made = PromoCode.objects.create(code=code, **({"opens_hidden": True} | fields))
    made.events.add(event_session.event)
    event_session.event.takes_access_codes = True
    event_session.event.save()
    return made


@pytest.fixture
def event_session():
    """Members pay 31.25, and have the floor for themselves."""
    made = make_event_session("A1 A2 A3", {"Members Floor": 4}, now=timezone.now())
    member = make_ticket_type("Member", 5)
    make_tiers(made, member, "31.25")
    PriceTier.objects.filter(ticket_type=member).update(is_hidden=True)
    PriceTier.objects.filter(category__name="Members Floor").update(is_hidden=True)
    make_access(made)
    return made


@pytest.fixture
def presale():
    opens = timezone.now() + timedelta(days=1)
    made = make_event_session("A1 A2 A3", now=timezone.now(), booking_opens_at=opens)
    make_access(made, "FANS", opens_hidden=False, opens_early=True)
    return made


def enter(customer, event_session, code):
    return customer.client.post(reverse("bookings:access_code", args=[event_session.pk]), {"code": code})


def page(customer, event_session):
    return customer.client.get(event_session.get_absolute_url()).content.decode()


def test_only_who_entered_the_code_sees_hidden_prices(event_session):
    alice, bob = Customer(), Customer()

    answer = enter(alice, event_session, " mem-ber ")

    assert (answer.status_code, answer["Location"]) == (302, event_session.get_absolute_url())
    assert all(text in page(alice, event_session) for text in ("31.25", "Members Floor", "Your code MEMBER is in use"))
    assert not any(text in page(bob, event_session) for text in ("31.25", "Members Floor", "Member"))


def test_a_member_books_what_others_cannot(event_session, provider):
    alice, bob = Customer(), Customer()
    enter(alice, event_session, "MEMBER")

    bob.hold(event_session, standing={"Members Floor": 1})
    assert not Booking.objects.exists()

    alice.hold(event_session, standing={"Members Floor": 2})
    assert alice.booking.items.count() == 2
    assert alice.pay_button().status_code == 302


def test_a_hidden_type_is_offered_in_the_basket_that_has_its_code(event_session):
    alice = Customer()
    alice.hold(event_session, "A1")
    assert "Member" not in alice.client.get("/basket/").content.decode()

    alice.client.post("/basket/promo-code/", {"code": "MEMBER"})

    assert "Member, €31.25" in alice.client.get("/basket/").content.decode()


def test_a_crafted_change_of_type_leaves_the_basket_as_it_is(event_session):
    bob = Customer()
    bob.hold(event_session, "A1")
    item, member = bob.booking.items.get(), TicketType.objects.get(name="Member")

    bob.client.post("/basket/ticket-types/", {f"ticket-type-{item.pk}": member.pk})

    assert bob.booking.items.get().ticket_type.name == "Adult"


def test_a_presale_is_open_to_those_with_the_code(presale, provider):
    alice, bob = Customer(), Customer()
    assert "Have an access code?" in page(bob, presale)
    assert 'name="seat"' not in page(bob, presale)

    enter(alice, presale, "FANS")

    assert 'name="seat"' in page(alice, presale)
    alice.hold(presale, "A1")
    bob.hold(presale, "A2")
    assert Booking.objects.get() == alice.booking
    assert alice.client.post("/checkout/", TYPED).status_code == 302


@pytest.mark.parametrize(
    ("code", "says"),
    [("NOTHING", "We do not know this code"), ("SPRING", "enter it in your basket"), ("ELSEWHERE", "not for")],
)
def test_a_refused_code_stands_beside_its_field_with_the_reason(presale, code, says):
    PromoCode.objects.create(code="SPRING", percent=10)
    make_access(make_event_session("A1"), "ELSEWHERE", opens_early=True)
    alice = Customer()

    answer = enter(alice, presale, code)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert says in html
    assert f'value="{code}"' in html
    assert "access" not in alice.client.cookies


def test_a_forged_cookie_opens_nothing(presale):
    bob = Customer()
    for forged in ("FANS", signing.dumps(["FANS"], salt="another"), signing.dumps(["FANS"], key="x", salt=SALT)):
        bob.client.cookies["access"] = forged

        assert 'name="seat"' not in page(bob, presale)


def test_a_code_switched_off_closes_the_page_again(presale):
    alice = Customer()
    enter(alice, presale, "FANS")
    PromoCode.objects.update(is_active=False)

    assert 'name="seat"' not in page(alice, presale)


def test_pages_for_everybody_are_the_same_with_a_code(event_session, monkeypatch):
    monkeypatch.setattr(scene, "MOST_SEATS_AT_ONCE", 2)
    alice, bob = Customer(), Customer()
    enter(alice, event_session, "MEMBER")
    stalls = get_section(event_session, "Stalls")
    paths = [
        event_session.event.get_absolute_url(),
        "/",
        reverse("bookings:overview", args=[event_session.pk]),
        reverse("bookings:section", args=[event_session.pk, stalls.pk]),
    ]
    for path in paths:
        mine, everybodys = alice.client.get(path), bob.client.get(path)
        assert mine.content == everybodys.content
        assert "31.25" not in mine.content.decode()
        assert "public" in everybodys.headers["Cache-Control"]


def test_a_large_hall_shows_a_member_the_members_part(event_session, monkeypatch):
    monkeypatch.setattr(scene, "MOST_SEATS_AT_ONCE", 2)
    alice, bob = Customer(), Customer()
    enter(alice, event_session, "MEMBER")
    own = reverse("bookings:own_overview", args=[event_session.pk])
    stalls = reverse("bookings:own_section", args=[event_session.pk, get_section(event_session, "Stalls").pk])

    assert own in page(alice, event_session)
    assert own not in page(bob, event_session)
    assert "Members Floor, 4 places left" in alice.client.get(own).content.decode()
    assert "Members Floor, 4 places left" not in bob.client.get(own).content.decode()
    assert "no-store" in alice.client.get(own).headers["Cache-Control"]
    assert alice.client.get(stalls).content.count(b'name="seat"') == 3


def test_the_event_page_leads_to_the_field_before_booking_opens(presale):
    path = reverse("bookings:access_code", args=[presale.pk])
    assert path in Customer().client.get(presale.event.get_absolute_url()).content.decode()


def test_a_presale_goes_past_the_queue_of_the_general_sale(presale, provider):
    make_queue(presale, mode=Queue.Mode.ALWAYS)
    alice, bob = Customer(), Customer()
    enter(alice, presale, "FANS")

    assert alice.client.get(presale.get_absolute_url()).status_code == 200
    assert bob.client.get(presale.get_absolute_url()).status_code == 302
    alice.hold(presale, "A1")

    # Meanwhile the general sale begins, with her basket still open.
    opened = timezone.now() - timedelta(seconds=1)
    Booking.objects.update(created_at=opened - timedelta(minutes=1))
    type(presale).objects.filter(pk=presale.pk).update(booking_opens_at=opened)
    assert alice.client.post("/checkout/", TYPED).status_code == 302
    forget_guarded()
