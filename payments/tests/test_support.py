"""Support helps with a booking: every step asks why, and stands in the booking's history with who and why."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money

from accounts.roles import ADMINISTRATOR, FINANCE, GATE, ORGANISER, SUPPORT
from bookings.errors import NoAddressError
from bookings.models import Booking, Ticket
from bookings.services.lifecycle import Contact
from bookings.services.support import resend_tickets
from events.models import Event
from notifications.models import Notification
from payments.errors import CreditAtAddressError, SamePersonError
from payments.invariants import find_breaches
from payments.models import Refund, Voucher
from payments.services.cancelling import cancel_tickets, cancel_under_policy
from payments.services.contacts import correct_contact
from payments.services.credit import send_code_again
from payments.services.refunds import approve_refund
from tests.customer import run_outbox
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user
from tests.pages import text_of

pytestmark = pytest.mark.django_db
RIGHT = Contact(name="Alice", phone="+436601234567", email="right@example.com")
WHY = "She read it out"


@pytest.fixture
def booking():
    event_session = make_event_session("A1 A2", event=make_event(refund_free_hours=1), now=timezone.now())
    return make_confirmed_booking(event_session, "A1 A2", now=timezone.now())


@pytest.fixture
def staff():
    def make(role):
        person = make_user(role.lower(), is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        return person

    return make


@pytest.fixture
def support(client, staff):
    client.force_login(staff(SUPPORT))
    return client


def page(name, booking):
    return reverse(f"admin:bookings_booking_{name}", args=[booking.pk])


def history(booking):
    entries = LogEntry.objects.filter(object_id=str(booking.pk)).order_by("pk")
    return [(entry.user.email, entry.change_message) for entry in entries]


def correct(booking, actor, contact=RIGHT):
    return correct_contact(booking_id=booking.pk, contact=contact, actor=actor, reason=WHY)


def cancel_for_credit(booking, count=1):
    tickets = [ticket.pk for ticket in booking.tickets.all()[:count]]
    return cancel_tickets(booking_id=booking.pk, ticket_ids=tickets, destination="credit", now=timezone.now())


def test_a_day_at_the_help_desk(support, booking):
    """Found, corrected, named, sent again, one ticket and some goodwill back: all of it with who and why."""
    found = support.get(reverse("admin:bookings_booking_changelist"), {"q": "0660 123 45 67"}).content.decode()
    first, second = booking.tickets.order_by("pk")
    contact = {
        "name": "Alice",
        "phone": "+43 660 1234567",
        "email": "right@example.com",
        "reason": "Typo",
        "what": "contact",
    }
    names = {f"attendee-{first.pk}": "Ben", f"attendee-{second.pk}": "", "reason": "A gift", "what": "names"}
    back = {"ticket": [second.pk], "keep": "nothing", "destination": "original", "note": "Ill"}
    key = "8c9e6679-7425-40de-944b-e07fc1f90ae7"
    goodwill = {"amount": "5", "note": "Rain", "destination": "original", "key": key}

    answers = [
        support.post(page("help", booking), contact),
        support.post(page("help", booking), names),
        support.post(page("resend", booking), {"_form_submitted": "True", "reason": "Lost it"}),
        support.post(page("refund", booking), back),
        support.post(page("refund", booking), goodwill),
        support.post(page("cancel_and_refund", booking), {"_form_submitted": "True", "reason": "Moved away"}),
    ]

    assert booking.reference in found
    assert [answer.status_code for answer in answers] == [302] * 6
    assert history(booking) == [
        ("support@example.com", "Corrected email “alice@example.com” → “right@example.com”: Typo"),
        ("support@example.com", f"Names on tickets: {first}: “” → “Ben”: A gift"),
        ("support@example.com", "Sent the tickets to right@example.com again: Lost it"),
        ("support@example.com", "Cancelled tickets: 1, kept 0: Ill"),
        ("support@example.com", "Gave back 5 as goodwill: Rain"),
        ("support@example.com", "Cancelled tickets: 1, kept 0: Moved away"),
    ]
    assert not list(find_breaches())


def test_the_page_shows_everything_that_happened(support, booking):
    support.post(page("resend", booking), {"_form_submitted": "True", "reason": "Lost it"})
    run_outbox()
    cancel_for_credit(booking)
    run_outbox()

    seen = text_of(support.get(page("change", booking)))

    assert "Sent the tickets to alice@example.com again: Lost it" in seen
    assert "Your tickets for Spring Concert" in seen
    assert "€45.00" in seen
    assert Voucher.objects.get().spoken_code not in seen
    assert page("help", booking) in support.get(page("open_help", booking)).url


def test_tickets_go_out_again_once_a_press(booking, staff):
    sue, now = staff(SUPPORT), timezone.now()
    run_outbox()
    for _ in range(2):
        resend_tickets(booking_id=booking.pk, actor=sue, reason=WHY, now=now)
    run_outbox()

    assert [message.to for message in mail.outbox] == [["alice@example.com"]] * 2
    assert Notification.objects.filter(about=f"booking:{booking.pk}").count() == 2


def test_a_change_is_begun_for_the_customer_even_after_the_deadline(support, booking):
    Event.objects.update(change_free_hours=24 * 365)
    first, _second = booking.tickets.order_by("pk")

    answer = support.post(
        page("help", booking), {"ticket": [first.pk], "reason": "Sits behind a pillar", "what": "change"}
    )

    change = booking.changes.get()
    assert answer.url == reverse("bookings:open_change", args=[change.access_key])
    assert list(change.gives_up.all()) == [first]
    assert Ticket.objects.get(pk=first.pk).status == Ticket.Status.VALID
    assert history(booking)[-1][1] == f"Began to change {first} (as {change}): Sits behind a pillar"
    assert change.reference in text_of(support.get(page("change", booking)))


def test_nobody_to_send_tickets_to(booking, staff):
    Booking.objects.update(email="")

    with pytest.raises(NoAddressError):
        resend_tickets(booking_id=booking.pk, actor=staff(SUPPORT), reason=WHY, now=timezone.now())


@pytest.mark.parametrize(
    ("url", "data"),
    [
        (
            "help",
            {
                "name": "Alicia",
                "phone": "+43 660 1234567",
                "email": "right@example.com",
                "reason": " ",
                "what": "contact",
            },
        ),
        ("help", {"reason": "", "what": "names"}),
        ("help", {"reason": "", "what": "change", "ticket": "1"}),
        ("refund", {"ticket": "", "keep": "nothing", "destination": "original", "note": ""}),
    ],
)
def test_nothing_happens_without_a_reason(support, booking, url, data):
    before = Booking.objects.values().get(pk=booking.pk)

    answer = support.post(page(url, booking), data)

    assert answer.status_code == 422
    assert "Say why" in text_of(answer)
    assert data.get("name", "") in text_of(answer)
    assert Booking.objects.values().get(pk=booking.pk) == before
    assert not LogEntry.objects.exists()


def test_a_list_of_bookings_is_not_cancelled_without_a_reason(support, booking):
    url = reverse("admin:bookings_booking_changelist")
    asked = {"action": "cancel_selected", "_selected_action": [booking.pk]}

    support.post(url, asked)
    assert Booking.objects.get(pk=booking.pk).is_confirmed
    support.post(url, asked | {"reason": "Fraud"})

    assert not Booking.objects.get(pk=booking.pk).is_confirmed
    assert history(booking)[-1][1].endswith(": Fraud")


@pytest.mark.parametrize("role", [ORGANISER, FINANCE, GATE])
def test_others_do_not_help(client, staff, booking, role):
    client.force_login(staff(role))

    assert client.get(page("help", booking)).status_code == 403
    client.post(page("resend", booking), {"_form_submitted": "True", "reason": WHY})
    assert not LogEntry.objects.exists()


def test_names_stay_once_somebody_came_in(support, booking):
    Ticket.objects.update(checked_in_at=timezone.now())
    ticket = booking.tickets.first()

    support.post(page("help", booking), {f"attendee-{ticket.pk}": "Ben", "reason": "A gift", "what": "names"})

    assert not Ticket.objects.exclude(attendee="").exists()
    assert not LogEntry.objects.exists()


def test_credit_does_not_follow_a_corrected_address(booking, staff):
    """What is out there can be spent by whoever reads that mailbox; somebody who decides on refunds may say so."""
    cancel_for_credit(booking)
    run_outbox()
    sue, root = staff(SUPPORT), staff(ADMINISTRATOR)

    with pytest.raises(CreditAtAddressError):
        correct(booking, sue)
    assert Booking.objects.get(pk=booking.pk).email == "alice@example.com"
    correct(booking, sue, Contact(name="Alicia", phone="+436601234567", email="alice@example.com"))
    correct(booking, root)

    assert Booking.objects.get(pk=booking.pk).email == "right@example.com"
    with pytest.raises(SamePersonError):
        send_code_again(voucher_id=Voucher.objects.get().pk, actor=root, now=timezone.now())


def test_credit_on_its_way_does_not_either(booking, staff):
    cancel_for_credit(booking)

    with pytest.raises(CreditAtAddressError):
        correct(booking, staff(SUPPORT))


@pytest.mark.parametrize("by_whom", ["staff", "customer"])
def test_credit_given_after_a_correction_waits_for_somebody_else(booking, staff, by_whom):
    """Support could write down their own address, and cancel for credit then, as staff or by the private link."""
    sue, root = staff(SUPPORT), staff(ADMINISTRATOR)
    correct(booking, root)
    tickets = [booking.tickets.first().pk]
    asked = {"booking_id": booking.pk, "ticket_ids": tickets, "destination": "credit", "now": timezone.now()}

    if by_whom == "staff":
        cancel_tickets(**asked, actor=sue)
    else:
        cancel_under_policy(**asked, back=Money(45, "EUR").amount)
    run_outbox()

    refund = Refund.objects.get()
    assert refund.status == Refund.Status.AWAITING_APPROVAL
    with pytest.raises(SamePersonError):
        approve_refund(refund_id=refund.pk, actor=root)
    approve_refund(refund_id=refund.pk, actor=staff(FINANCE))
    run_outbox()
    assert Voucher.objects.get().balance == 45
    assert not list(find_breaches())


def test_money_back_the_way_it_was_paid_waits_for_nobody(booking, staff):
    correct(booking, staff(SUPPORT))

    cancel_tickets(booking_id=booking.pk, ticket_ids=[booking.tickets.first().pk], now=timezone.now())

    assert Refund.objects.get().status == Refund.Status.PENDING
