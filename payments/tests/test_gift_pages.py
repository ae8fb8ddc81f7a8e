"""Buying a gift voucher as a customer does: the form, the checkout, its page, and what is left on it."""

from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.roles import FINANCE, SUPPORT
from bookings.models import Booking
from payments.gift_pdf import render_gift_pdf
from payments.invariants import find_breaches
from payments.models import GiftVoucher, Voucher
from tests.customer import Customer, hear_from, run_outbox
from tests.factories import make_event_session, make_user

pytestmark = pytest.mark.django_db


def typed(**fields):
    today = timezone.localdate()
    facts = {"amount": "50", "recipient_name": "Bob", "recipient_email": "bob@example.com", "message": "Enjoy"}
    return facts | {"deliver_on": today.isoformat()} | fields


@pytest.fixture
def alice():
    return Customer()


def choose(customer, **fields):
    return customer.client.post("/gift-vouchers/", typed(**fields))


@pytest.fixture
def bought(alice, provider):
    choose(alice)
    answer = alice.pay_button()
    assert answer.status_code == 302, answer.content.decode()[:3000]
    payment = alice.payment
    provider.pay(payment.provider_id, "paid")
    hear_from(provider, payment)
    run_outbox()
    return GiftVoucher.objects.select_related("voucher", "booking").get()


def test_a_voucher_is_paid_through_the_usual_checkout(alice, bought):
    page = alice.client.get(bought.booking.get_absolute_url()).content.decode()

    assert bought.voucher.spoken_code in page
    assert "A gift for Bob" in page
    assert alice.client.get(f"/bookings/{bought.booking.access_key}/gift-voucher.pdf").content.startswith(b"%PDF")
    assert sorted(message.to[0] for message in mail.outbox) == ["alice@example.com", "bob@example.com"]


def test_the_checkout_shows_what_is_bought(alice, provider):
    answer = choose(alice)
    page = alice.client.get(answer["Location"]).content.decode()

    assert answer["Location"] == "/checkout/"
    assert "Gift voucher" in page
    assert "Pay €50.00" in page
    assert alice.client.get("/basket/", follow=True).redirect_chain[-1][0] == "/gift-vouchers/"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"amount": "9.99"}, "greater than or equal to 10"),
        ({"amount": "501"}, "less than or equal to 500"),
        ({"recipient_name": ""}, "required"),
        ({"deliver_on": (timezone.localdate() - timedelta(days=1)).isoformat()}, "This day is over"),
        ({"deliver_on": (timezone.localdate() + timedelta(days=400)).isoformat()}, "within the next year"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_rest_stays(alice, fields, says):
    answer = choose(alice, message="Have a good evening", **fields)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert says in html
    assert "Have a good evening" in html
    assert not Booking.objects.exists()


def test_places_in_the_basket_come_first(alice):
    alice.hold(make_event_session("A1", now=timezone.now()), "A1")

    answer = choose(alice)

    assert answer.status_code == 409
    assert "There are places in your basket" in answer.content.decode()
    assert 'value="Bob"' in answer.content.decode()


def test_the_buyer_gives_an_untouched_voucher_back(alice, bought):
    path = f"/bookings/{bought.booking.access_key}/gift-voucher/back/"
    for _ in range(2):
        answer = alice.client.post(path, follow=True)

    assert "This gift voucher is void" in answer.content.decode()
    assert Voucher.objects.get().balance == 0
    assert bought.booking.payments.get().refunds.count() == 1


def test_a_used_voucher_stays(alice, bought):
    Voucher.objects.update(balance=20)

    answer = alice.client.post(f"/bookings/{bought.booking.access_key}/gift-voucher/back/", follow=True)

    assert "cannot go back any more" in answer.content.decode()
    Voucher.objects.update(balance=50)


def test_somebody_elses_gift_is_not_found(alice, bought):
    for path in ("gift-voucher.pdf", "tickets.pdf", "calendar.ics"):
        assert alice.client.get(f"/bookings/unknown/{path}").status_code == 404
    assert alice.client.get(f"/bookings/{bought.booking.access_key}/tickets.pdf").status_code == 404


def test_a_list_of_bookings_has_only_those_with_a_date(alice, bought):
    user = make_user("alice")
    Booking.objects.update(buyer=user)
    alice.client.force_login(user)

    assert alice.client.get("/bookings/").status_code == 200


def test_whoever_has_the_code_sees_what_is_left(alice, bought):
    page = alice.client.post("/gift-vouchers/balance/", {"code": bought.voucher.spoken_code.lower()})
    assert "€50.00 of €50.00 left" in page.content.decode()

    unknown = alice.client.post("/gift-vouchers/balance/", {"code": "ABCD"})
    assert unknown.status_code >= 400
    assert 'value="ABCD"' in unknown.content.decode()


def test_who_tries_codes_out_is_stopped(alice, bought, settings):
    settings.WRONG_CODES_PER_ADDRESS = 2
    for _ in range(2):
        alice.client.post("/gift-vouchers/balance/", {"code": "WRONG"})

    answer = alice.client.post("/gift-vouchers/balance/", {"code": bought.voucher.code})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_an_operator_may_sell_none(alice, settings):
    settings.GIFT_VOUCHER_MOST = 0

    assert alice.client.get("/gift-vouchers/").status_code == 404
    assert "/gift-vouchers/" not in alice.client.get("/").content.decode()


SENT = {"_form_submitted": "True"}


def sign_in(client, role):
    person = make_user(role.lower(), is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)


def test_finance_gives_a_voucher_for_a_reason(client):
    sign_in(client, FINANCE)
    path = reverse("admin:payments_giftvoucher_give")
    given = SENT | {
        "amount": "25",
        "recipient_name": "Bob",
        "recipient_email": "bob@example.com",
        "reason": "Lost coat",
    }

    client.post(path, given | {"amount": "501"})
    assert not GiftVoucher.objects.exists()
    client.post(path, given)

    gift = GiftVoucher.objects.get()
    assert (gift.voucher.balance, gift.reason, gift.given_by.email) == (25, "Lost coat", "finance@example.com")
    page = client.get(reverse("admin:payments_giftvoucher_change", args=[gift.pk])).content.decode()
    assert "Lost coat" in page
    assert gift.voucher.code not in page
    assert client.get(reverse("admin:payments_giftvoucher_changelist")).status_code == 200
    assert client.get(reverse("admin:payments_voucher_changelist")).status_code == 200


def test_finance_gives_above_the_limit_with_a_second_person(client, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(20)
    sign_in(client, FINANCE)
    given = {"amount": "25", "recipient_name": "Bob", "recipient_email": "bob@example.com", "reason": "Lost coat"}

    answer = client.post(reverse("admin:payments_giftvoucher_give"), SENT | given, follow=True)
    gift = GiftVoucher.objects.get()
    approve = reverse("admin:payments_giftvoucher_approve", args=[gift.pk])
    refused = client.post(approve, SENT, follow=True)

    assert "€25.00 waits for a second person." in answer.content.decode()
    assert "Awaiting approval" in answer.content.decode()
    assert "Somebody else has to approve this" in refused.content.decode()
    listed = client.get(reverse("admin:payments_giftvoucher_changelist"), {"undecided": "yes"})
    assert gift.booking.reference in listed.content.decode()

    other = make_user("colleague", is_staff=True)
    other.groups.add(Group.objects.get(name=FINANCE))
    client.force_login(other)
    client.post(approve, SENT)

    assert Voucher.objects.get().balance == 25
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Given: Lost coat", "Approved."]
    listed = client.get(reverse("admin:payments_giftvoucher_changelist"), {"undecided": "yes"})
    assert gift.booking.reference not in listed.content.decode()


def test_finance_rejects_and_support_decides_on_nothing(client, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(20)
    sign_in(client, FINANCE)
    given = {"amount": "25", "recipient_name": "Bob", "recipient_email": "", "reason": "Lost coat"}
    client.post(reverse("admin:payments_giftvoucher_give"), SENT | given)
    reject = reverse("admin:payments_giftvoucher_reject", args=[GiftVoucher.objects.get().pk])
    sign_in(client, SUPPORT)
    assert client.post(reject, SENT).status_code == 403

    client.force_login(get_user_model().objects.get(email="finance@example.com"))
    client.post(reject, SENT)

    assert Booking.objects.get().status == Booking.Status.CANCELLED
    assert not Voucher.objects.exists()


def test_support_takes_an_untouched_voucher_back_and_gives_none(client, bought):
    sign_in(client, SUPPORT)

    assert client.post(reverse("admin:payments_giftvoucher_give"), {"amount": "25"}).status_code == 403
    path = reverse("admin:payments_giftvoucher_give_back", args=[bought.pk])
    client.post(path, SENT | {"reason": "Bought twice"})

    assert Voucher.objects.get().void_reason == "Bought twice"
    assert client.get(reverse("admin:bookings_booking_change", args=[bought.booking_id])).status_code == 200


def test_the_list_speaks_of_vouchers_and_not_of_bookings(client, bought):
    sign_in(client, FINANCE)
    page = reverse("admin:payments_giftvoucher_changelist")

    html = client.get(page).content.decode()
    assert "Sold" in html
    assert f"sent {date_format(timezone.localdate())}" in html
    GiftVoucher.objects.update(sent_at=None, recipient_email="")
    assert "by hand" in client.get(page).content.decode()


def test_the_paper_says_where_it_is_spent(bought, settings):
    settings.SITE_URL = "https://tickets.example.com"

    text = pypdfium2.PdfDocument(render_gift_pdf(bought))[0].get_textpage().get_text_range()

    assert "https://tickets.example.com" in text
    assert bought.voucher.spoken_code in text


def test_finance_makes_a_sold_voucher_void(client, bought):
    sign_in(client, FINANCE)

    client.post(reverse("admin:payments_voucher_make_void", args=[bought.voucher.pk]), SENT | {"reason": "Fraud"})

    assert Voucher.objects.get().balance == 0
    assert list(find_breaches()) == []
