"""The waiting list in the back office: its order, its file, and taking somebody off it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.roles import ADMINISTRATOR, GATE, SUPPORT
from bookings.models import Booking
from payments.services.cancelling import cancel_tickets
from tests.factories import NOON, make_confirmed_booking, make_event_session
from tests.staff import sign_in
from tests.waiting import serve, states, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def full():
    event_session = make_event_session("A1 A2")
    make_confirmed_booking(event_session, "A1 A2")
    return event_session


def page(name, *args):
    return reverse(f"admin:bookings_waitingentry_{name}", args=args)


def offer(event_session):
    booking = Booking.objects.get(status=Booking.Status.CONFIRMED)
    ids = list(booking.tickets.values_list("pk", flat=True))
    cancel_tickets(booking_id=booking.pk, ticket_ids=ids, now=NOON)
    serve(event_session)


def test_the_list_says_whose_turn_it_is_and_takes_few_statements(full, client, django_assert_max_num_queries):
    sign_in(client, ADMINISTRATOR)
    for number, name in enumerate(["ann", "bob", "cid"]):
        wait(full, name, number + 1)
    offer(full)

    with django_assert_max_num_queries(14):
        text = client.get(page("changelist")).content.decode()

    assert states(full) == {"Ann": "offered", "Bob": "waiting", "Cid": "waiting"}
    assert text.index("Ann") < text.index("Bob") < text.index("Cid")
    assert "Has an offer" in text
    assert "3 waiting list entries" in " ".join(text.split())


def test_the_file_has_the_order_and_no_private_links(full, client):
    sign_in(client, ADMINISTRATOR)
    entry = wait(full, "bob", 2, categories=["Stalls"])
    wait(full, "=cmd()", 1)

    text = client.post(page("export"), {"format": "0"}).content.decode()

    rows = text.splitlines()
    assert rows[0].startswith("turn,event,date,name,email,phone")
    assert rows[1].startswith("1,Spring Concert,")
    assert ",bob@example.com," in rows[1]
    assert ",Stalls," in rows[1]
    assert entry.access_key not in text
    assert ",'=Cmd()," in rows[2]


def test_taking_somebody_off_asks_for_a_reason_and_is_kept_in_the_history(full, client):
    olga = sign_in(client, ADMINISTRATOR)
    bob = wait(full, "bob", 2)
    wait(full, "carol", 2)
    offer(full)
    remove = page("remove", bob.pk)

    client.post(remove, {"_form_submitted": "True", "reason": ""})
    assert states(full)["Bob"] == "offered"
    client.post(remove, {"_form_submitted": "True", "reason": "Asked by phone"})
    serve(full)

    assert states(full) == {"Bob": "left", "Carol": "offered"}
    entry = LogEntry.objects.get(object_id=str(bob.pk))
    assert (entry.user, "Asked by phone" in entry.change_message) == (olga, True)


@pytest.mark.parametrize(("role", "looks"), [(SUPPORT, 200), (GATE, 403)])
def test_others_look_at_most(full, client, role, looks):
    sign_in(client, role)
    bob = wait(full, "bob", 2)

    assert client.get(page("change", bob.pk)).status_code == looks
    assert client.post(page("export"), {"format": "0"}).status_code == 403
    client.post(page("remove", bob.pk), {"_form_submitted": "True", "reason": "x"})
    assert states(full) == {"Bob": "waiting"}
