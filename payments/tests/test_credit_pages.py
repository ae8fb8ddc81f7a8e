"""Where people see credit: their account, their mail, and the back office, which never sees a whole code."""

from functools import partial

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.roles import FINANCE, ORGANISER, SUPPORT
from bookings.services.lifecycle import start_checkout
from payments.credit import quote_credit
from payments.credit_mails import send_credit_returned, send_voucher
from payments.models import Refund, Voucher
from payments.services.cancelling import cancel_booking
from payments.services.checkout import pay_with_credit
from tests.booking import CONTACT, hold
from tests.customer import run_outbox
from tests.factories import make_event_session, make_user
from tests.staff import sign_in
from tests.vouchers import give, make_voucher

pytestmark = pytest.mark.django_db
PAGE = "/account/credit/"


def spend(voucher: Voucher, price: str = "30.00"):
    now = timezone.now()
    booking = hold(make_event_session("A1", price=price, now=now), "A1", now=now)
    booking = start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=now)
    total = booking.items.get().price
    use = quote_credit(voucher, booking, total, now)
    return pay_with_credit(booking_id=booking.pk, credit=use, now=now)


def test_ones_own_credit_its_code_and_what_it_paid(client):
    alice = make_user("alice")
    voucher = make_voucher("45.00", now=timezone.now(), buyer=alice)
    other = make_voucher("99.00", now=timezone.now(), buyer=make_user("bob"))
    booking = spend(voucher)
    client.force_login(alice)

    html = client.get(PAGE).content.decode()

    assert "€15.00" in html
    assert voucher.spoken_code in html
    assert f"Paid booking {booking.reference}" in html
    assert other.spoken_code not in html


def test_what_is_used_up_is_said_apart(client):
    alice = make_user("alice")
    spend(make_voucher("30.00", now=timezone.now(), buyer=alice))
    client.force_login(alice)

    html = client.get(PAGE).content.decode()

    assert "You have no credit just now." in html
    assert "1 used up or out of time" in html


def test_a_guest_is_asked_to_sign_in(client):
    assert client.get(PAGE).url.startswith("/account/login/")


def test_the_code_comes_by_mail_once(mailoutbox):
    voucher = make_voucher(now=timezone.now())

    run_outbox()
    send_voucher(voucher_id=voucher.pk)

    (sent,) = [each for each in mailoutbox if "credit" in each.subject]
    assert sent.subject == "Your credit of €45.00"
    assert sent.to == ["alice@example.com"]
    for body in (sent.body, sent.alternatives[0].content):
        assert voucher.spoken_code in body
        assert f"{voucher.last_day:%Y}" in body


def test_guests_without_an_address_get_no_mail():
    voucher = make_voucher(now=timezone.now(), email="")

    send_voucher(voucher_id=voucher.pk)

    assert not mail.outbox


def test_credit_that_comes_back_is_told():
    voucher = make_voucher("45.00", now=timezone.now())
    booking = spend(voucher)
    cancel_booking(booking_id=booking.pk, now=timezone.now())
    refund = Refund.objects.get(payment__booking=booking)
    give(refund, timezone.now())

    send_credit_returned(refund_id=refund.pk)
    send_credit_returned(refund_id=refund.pk)

    (sent,) = mail.outbox
    assert sent.subject == "€30.00 is back on your credit"
    assert "There is €45.00 on it now." in sent.body
    assert voucher.spoken_code not in sent.body


@pytest.fixture
def work_as(client):
    return partial(sign_in, client)


@pytest.mark.parametrize("role", [FINANCE, SUPPORT])
def test_staff_see_balances_and_never_a_whole_code(client, work_as, role):
    voucher = make_voucher(now=timezone.now())
    work_as(role)

    for url in ("changelist", reverse("admin:payments_voucher_change", args=[voucher.pk])):
        page = client.get(url if url != "changelist" else reverse("admin:payments_voucher_changelist"))
        html = page.content.decode()
        assert page.status_code == 200
        assert "€45.00" in html
        assert voucher.code[-4:] in html
        assert voucher.code not in html
        assert voucher.spoken_code not in html


def test_a_file_of_credit_holds_no_codes(client, work_as):
    voucher = make_voucher(now=timezone.now())
    work_as(FINANCE)

    answer = client.post(reverse("admin:payments_voucher_export"), {"format": "0", "resource": "0"})

    text = answer.content.decode()
    assert f"{voucher},refund,45.00,45.00,0.00,EUR,{voucher.refund.payment.booking.reference}" in text
    assert voucher.code not in text


def test_support_sends_a_lost_code_again_to_the_bookings_address(client, work_as, mailoutbox):
    voucher = make_voucher(now=timezone.now())
    run_outbox()
    work_as(SUPPORT)

    client.post(reverse("admin:payments_voucher_send_again", args=[voucher.pk]), {"_form_submitted": "True"})
    run_outbox()

    sent = [each for each in mailoutbox if voucher.spoken_code in each.body]
    assert [each.to for each in sent] == [["alice@example.com"]] * 2


def test_an_organiser_sees_no_credit(client, work_as):
    voucher = make_voucher(now=timezone.now())
    work_as(ORGANISER)

    assert client.get(reverse("admin:payments_voucher_change", args=[voucher.pk])).status_code == 403
