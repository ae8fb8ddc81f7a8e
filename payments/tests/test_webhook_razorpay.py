"""Razorpay's news, true or not, and what becomes of them here."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from bookings.models import Booking, Ticket
from payments.models import Payment, ProviderEvent, Refund
from payments.services.cancelling import cancel_booking, cancel_tickets
from payments.services.refunds import retry_refund
from payments.services.settling import ask_about_open_refunds, settle_unpaid_bookings
from tests.customer import Customer, run_out_of_time, run_outbox
from tests.factories import make_event, make_event_session
from tests.razorpay_stand_in import WEBHOOK_SECRET, run_razorpay, sign

pytestmark = pytest.mark.django_db
ADDRESS = "/payments/webhooks/razorpay/"


@pytest.fixture
def provider(settings):
    settings.ADMINS = [("Olga", "olga@example.com")]
    with run_razorpay() as stand_in:
        stand_in.apply_to(settings)
        yield stand_in


@pytest.fixture
def event_session():
    event = make_event(currency="INR")
    return make_event_session("A1 A2", event=event, now=timezone.now(), price="900.00")


@pytest.fixture
def customer(client, provider):
    return Customer(client)


@pytest.fixture
def payment(customer, event_session):
    customer.hold(event_session, "A1 A2")
    assert customer.pay_button(method="upi").status_code == 302
    return customer.payment


def tell(client, event, **how):
    body, headers = sign(event, **how)
    return send(client, body, headers)


def send(client, body, headers):
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def hear(client, event):
    assert tell(client, event).status_code == 204
    run_outbox()


def now_of(row):
    row.refresh_from_db()
    return row


def alarms():
    return [letter.subject.removeprefix("[Django] ") for letter in mail.outbox if letter.to == ["olga@example.com"]]


@pytest.fixture
def paid(client, provider, payment):
    """The payment, and the event that said so."""
    money = provider.pay(payment.provider_id)
    event = provider.news("payment_link.paid", payment.provider_id, payment=money)
    hear(client, event)
    return now_of(payment)


def test_the_customer_is_sent_to_the_link_and_comes_back_to_tickets(provider, customer, payment):
    assert payment.method == "upi"
    assert payment.page_url == provider.links[payment.provider_id]["short_url"]
    assert provider.links[payment.provider_id]["reference_id"] == str(payment.public_id)
    provider.pay(payment.provider_id)

    # What the redirect says is not believed; the provider is asked.
    page = customer.client.get(f"{payment.get_absolute_url()}?razorpay_payment_link_status=paid&razorpay_signature=x")

    assert page.url == payment.booking.get_absolute_url()
    assert now_of(payment).booking.tickets.count() == 2


def test_a_redirect_that_claims_a_payment_brings_nothing(customer, payment):
    page = customer.client.get(f"{payment.get_absolute_url()}?razorpay_payment_link_status=paid&razorpay_signature=x")

    assert page.status_code == 200
    assert now_of(payment).status == Payment.Status.PENDING


def test_a_paid_link_becomes_tickets_once_however_often_it_is_told(client, provider, payment):
    event = provider.news("payment_link.paid", payment.provider_id, payment=provider.pay(payment.provider_id))

    for number in range(4):
        # The same delivery thrice, then one whose unsigned id somebody changed.
        assert tell(client, event, event_id="evt_changed" if number == 3 else "").status_code == 204
    run_outbox()

    assert now_of(payment).status == Payment.Status.PAID
    assert payment.booking.tickets.count() == 2
    assert [event.kind for event in ProviderEvent.objects.all()] == ["payment_link.paid"] * 2
    assert alarms() == []


def test_nothing_of_the_customers_person_or_bank_is_kept(client, provider, payment):
    money = provider.pay(payment.provider_id)
    hear(client, provider.news("payment_link.paid", payment.provider_id, payment=money))
    hear(client, provider.news("payment.captured", payment=money))

    kept = json.dumps(list(ProviderEvent.objects.values_list("payload", flat=True)))
    assert money["email"] not in kept
    assert money["contact"] not in kept
    assert now_of(payment).status == Payment.Status.PAID


def test_the_payment_on_the_link_tells_enough_when_the_link_says_nothing(client, provider, payment):
    hear(client, provider.news("payment.captured", payment=provider.pay(payment.provider_id)))

    assert now_of(payment).status == Payment.Status.PAID


def test_a_page_whose_id_we_never_learnt_is_known_by_our_reference(client, provider, payment):
    provider.pay(payment.provider_id)
    Payment.objects.update(provider_id=None, page_url="")

    hear(client, provider.news("payment_link.paid", provider_id := next(iter(provider.links))))

    assert now_of(payment).status == Payment.Status.PAID
    assert payment.provider_id == provider_id


def test_a_declined_try_leaves_the_page_open(client, provider, payment):
    hear(client, provider.news("payment.failed", payment=provider.attempt(payment.provider_id, "failed")))
    assert (now_of(payment).status, payment.failure) == ("pending", "declined")

    hear(client, provider.news("payment.captured", payment=provider.pay(payment.provider_id)))
    assert (now_of(payment).status, payment.failure) == ("paid", "")


def test_news_in_the_wrong_order_end_the_same(client, provider, payment):
    declined = provider.news("payment.failed", payment=provider.attempt(payment.provider_id, "failed"))
    money = provider.pay(payment.provider_id)
    closed = provider.news("payment_link.paid", payment.provider_id, payment=money)
    closed["event"] = "payment_link.expired"
    closed["payload"]["payment_link"]["entity"] |= {"status": "expired", "amount_paid": 0, "payments": None}
    del closed["payload"]["payment"]

    for event in (closed, provider.news("payment_link.paid", payment.provider_id, payment=money), declined):
        hear(client, event)

    assert now_of(payment).status == Payment.Status.PAID
    assert Ticket.objects.count() == 2
    assert alarms() == []


@pytest.mark.parametrize("kind", ["payment_link.expired", "payment_link.cancelled"])
def test_a_closed_link_gives_the_basket_back(client, provider, payment, kind):
    provider.links[payment.provider_id]["status"] = kind.partition(".")[2]

    hear(client, provider.news(kind, payment.provider_id))

    assert now_of(payment).status == Payment.Status.FAILED
    assert payment.booking.status == Booking.Status.HELD


def test_news_that_is_a_day_late_pays_for_places_that_are_free_or_goes_back(client, provider, payment):
    event = provider.news("payment_link.paid", payment.provider_id, payment=provider.pay(payment.provider_id))
    event["created_at"] -= 86_400
    provider.links[payment.provider_id] |= {"status": "created", "amount_paid": 0, "payments": None}
    provider.payments.clear()
    run_out_of_time(payment.booking, ago=timedelta(days=1))
    settle_unpaid_bookings(now=timezone.now())
    assert now_of(payment).status == Payment.Status.FAILED

    hear(client, event)

    assert now_of(payment).status == Payment.Status.PAID
    assert now_of(payment.booking).status == Booking.Status.CONFIRMED
    assert payment.booking.tickets.count() == 2


def test_money_that_arrives_on_a_cancelled_link_goes_back_when_the_places_are_gone(
    client, provider, payment, event_session
):
    on_its_way = provider.attempt(payment.provider_id, "authorized")
    run_out_of_time(payment.booking)
    settle_unpaid_bookings(now=timezone.now() + timedelta(minutes=5))
    assert provider.links[payment.provider_id]["status"] == "cancelled"
    assert now_of(payment).status == Payment.Status.PENDING
    Customer().hold(event_session, "A1")

    provider.capture(on_its_way["id"])
    hear(client, provider.news("payment.captured", payment=on_its_way))

    assert now_of(payment).status == Payment.Status.REFUNDED
    assert Refund.objects.get().reason == Refund.Reason.LATE
    assert [each["payment_id"] for each in provider.refunds.values()] == [on_its_way["id"]]
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize(
    "changes", [{"amount_paid": 100}, {"amount_paid": 190_000}, {"currency": "USD"}, {"currency": "IDR"}]
)
def test_another_sum_than_ours_never_confirms_and_raises_one_alarm(client, provider, payment, changes):
    provider.pay(payment.provider_id)
    provider.links[payment.provider_id] |= changes

    hear(client, provider.news("payment_link.paid", payment.provider_id))
    hear(client, provider.news("payment_link.paid", payment.provider_id) | {"again": True})

    assert (now_of(payment).status, payment.failure) == ("pending", "mismatch")
    assert Ticket.objects.count() == 0
    assert alarms() == ["A payment of another amount than ours"]


def test_a_part_of_the_sum_is_another_sum(client, provider, payment):
    provider.pay(payment.provider_id, amount=500)

    hear(client, provider.news("payment_link.partially_paid", payment.provider_id))

    assert now_of(payment).failure == Payment.Failure.MISMATCH
    assert alarms() == ["A payment of another amount than ours"]


def test_money_on_a_link_that_is_not_ours_raises_an_alarm(client, provider, payment):
    event = provider.news("payment_link.paid", payment.provider_id, payment=provider.pay(payment.provider_id))
    event["payload"]["payment_link"]["entity"] |= {"id": "plink_of_others", "reference_id": "TS1989"}

    hear(client, event)

    assert now_of(payment).status == Payment.Status.PENDING
    assert alarms() == ["Money for a payment that is not ours"]


def test_payments_without_a_link_and_unknown_kinds_are_kept_and_ignored(client, provider, payment):
    other = provider.pay(payment.provider_id) | {"description": "Tea", "id": "pay_other"}

    for event in (
        provider.news("payment.captured", payment=other),
        provider.news("payment.authorized", payment=other),
        provider.news("settlement.processed", settlement={"id": "setl_1"}),
    ):
        hear(client, event)

    assert ProviderEvent.objects.filter(message__sent_at__isnull=False).count() == 3
    assert now_of(payment).status == Payment.Status.PENDING
    assert alarms() == []


# --- Refunds --------------------------------------------------------------------------------------


def test_tickets_are_given_back_one_by_one_to_the_payment_that_paid(provider, paid):
    for ticket in paid.booking.tickets.order_by("pk"):
        cancel_tickets(booking_id=paid.booking_id, ticket_ids=[ticket.pk], now=timezone.now())
        run_outbox()

    assert [refund.status for refund in Refund.objects.all()] == ["succeeded", "succeeded"]
    assert sum(each["amount"] for each in provider.refunds.values()) == provider.links[paid.provider_id]["amount"]
    assert now_of(paid).status == Payment.Status.REFUNDED


def test_a_refund_under_way_is_settled_by_its_event_or_by_asking(client, provider, paid):
    provider.refund_status = "pending"
    first, second = paid.booking.tickets.order_by("pk")
    for ticket in (first, second):
        cancel_tickets(booking_id=paid.booking_id, ticket_ids=[ticket.pk], now=timezone.now())
    run_outbox()
    assert [refund.status for refund in Refund.objects.all()] == ["pending", "pending"]

    for each in provider.refunds.values():
        each["status"] = "processed"
    told = next(iter(provider.refunds.values()))
    for _ in range(2):
        hear(client, provider.news("refund.processed", refund=told))
    assert [refund.status for refund in Refund.objects.order_by("pk")] == ["succeeded", "pending"]
    ask_about_open_refunds(now=timezone.now() + timedelta(minutes=2))

    assert now_of(paid).status == Payment.Status.REFUNDED


def test_a_failed_refund_raises_an_alarm_and_its_next_try_has_another_key(client, provider, paid):
    provider.refund_status = "failed"
    cancel_booking(booking_id=paid.booking_id, now=timezone.now())
    run_outbox()
    refund = Refund.objects.get()
    assert (refund.status, refund.error) == ("failed", "Razorpay could not pay it back.")
    assert "A refund failed" in alarms()

    provider.refund_status = "processed"
    retry_refund(refund_id=refund.pk)
    run_outbox()

    assert now_of(refund).status == Refund.Status.SUCCEEDED
    assert [asked.key for asked in provider.requests if asked.path.endswith("/refund")] == [
        str(refund.public_id),
        f"{refund.public_id}_2",
    ]


def test_a_refund_made_at_razorpays_own_desk_is_kept_and_ignored(client, provider, paid):
    desk = {"id": "rfnd_1", "amount": 100, "currency": "INR", "notes": [], "receipt": None, "status": "processed"}

    hear(client, provider.news("refund.processed", refund=desk))

    assert not Refund.objects.exists()
    assert ProviderEvent.objects.filter(kind="refund.processed", message__sent_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("word", "alarm"),
    [
        ("created", "A customer's bank disputes a payment"),
        ("won", "A disputed payment stays ours"),
        ("lost", "A disputed payment is lost"),
    ],
)
def test_staff_are_told_of_disputes(client, provider, paid, word, alarm):
    dispute = {"id": "disp_1", "amount": 180_000, "currency": "INR", "reason_code": "chargeback"}
    dispute["status"] = "open" if word == "created" else word
    money = next(iter(provider.payments.values()))

    hear(client, provider.news(f"payment.dispute.{word}", dispute=dispute, payment=money))

    assert alarms() == [alarm]
    assert paid.booking.reference in mail.outbox[-1].body


# --- Bad input ------------------------------------------------------------------------------------

FORGERIES = {
    "no signature": lambda body, headers: (body, {}),
    "another secret": lambda body, headers: (body, sign(json.loads(body), secret="guessed")[1]),
    "truncated body": lambda body, headers: (body[:-1], headers),
    "no body": lambda body, headers: (b"", headers),
    "changed body": lambda body, headers: (body.replace(b'"paid"', b'"cancelled"'), headers),
    "truncated signature": lambda body, headers: (body, {"X-Razorpay-Signature": headers["X-Razorpay-Signature"][:-1]}),
    "letters that are not ASCII": lambda body, headers: (body, {"X-Razorpay-Signature": "ü"}),
    "bytes that are no text": lambda body, headers: (b"\xff" + body, headers),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_and_truncated_news_are_refused_and_logged_without_their_body(
    client, provider, payment, forgery, caplog
):
    event = provider.news("payment_link.paid", payment.provider_id, payment=provider.pay(payment.provider_id))
    body, headers = FORGERIES[forgery](*sign(event))

    assert send(client, body, headers).status_code == 400
    run_outbox()

    assert now_of(payment).status == Payment.Status.PENDING
    assert not ProviderEvent.objects.exists()
    assert "webhook with a bad signature" in caplog.text
    assert "gaurav" not in caplog.text
    assert WEBHOOK_SECRET not in caplog.text


@pytest.mark.parametrize(
    "event",
    [
        [],
        {"event": 5, "payload": {}},
        {"event": "payment_link.paid", "payload": {}},
        {"event": "payment_link.paid", "payload": {"payment_link": {"entity": {"id": "plink_1"}}}},
        {"event": "refund.processed", "payload": {"refund": {"entity": {"id": "r", "status": "?"}}}},
        {"payload": {}},
    ],
)
def test_signed_news_that_make_no_sense_are_refused(client, provider, event):
    assert tell(client, event).status_code == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("event_id", ["", "e" * 101])
def test_news_without_a_usable_id_are_known_by_their_signed_body(client, provider, payment, event_id):
    body, headers = sign(provider.news("settlement.processed"))

    for _ in range(2):
        assert send(client, body, headers | {"X-Razorpay-Event-Id": event_id}).status_code == 204

    assert len(ProviderEvent.objects.get().event_id) == 64


def test_without_keys_the_address_does_not_exist_and_open_payments_wait(client, provider, customer, payment, settings):
    settings.RAZORPAY_KEY_SECRET = ""

    assert tell(client, provider.news("payment_link.paid", payment.provider_id)).status_code == 404
    assert customer.come_back(payment).status_code == 200
    run_out_of_time(payment.booking)
    settle_unpaid_bookings(now=timezone.now() + timedelta(minutes=5))

    assert now_of(payment).status == Payment.Status.PENDING
    assert now_of(payment.booking).status == Booking.Status.EXPIRED
