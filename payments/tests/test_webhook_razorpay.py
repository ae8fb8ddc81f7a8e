"""Razorpay's news of payments, and what becomes of them here; of refunds see `test_razorpay_refunds`."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Booking, Ticket
from payments.models import Payment, ProviderEvent, Refund
from payments.services.settling import settle_unpaid_bookings
from tests.customer import Customer, run_out_of_time, run_outbox
from tests.razorpay_news import alarms, hear, now_of, tell

pytestmark = pytest.mark.django_db


def test_the_customer_is_sent_to_the_link_and_comes_back_to_tickets(razorpay, payer, link):
    assert link.method == "upi"
    assert link.page_url == razorpay.links[link.provider_id]["short_url"]
    assert razorpay.links[link.provider_id]["reference_id"] == str(link.public_id)
    razorpay.pay(link.provider_id)

    # What the redirect says is not believed; the provider is asked.
    page = payer.client.get(f"{link.get_absolute_url()}?razorpay_payment_link_status=paid&razorpay_signature=x")

    assert page.url == link.booking.get_absolute_url()
    assert now_of(link).booking.tickets.count() == 2


def test_a_redirect_that_claims_a_payment_brings_nothing(payer, link):
    page = payer.client.get(f"{link.get_absolute_url()}?razorpay_payment_link_status=paid&razorpay_signature=x")

    assert page.status_code == 200
    assert now_of(link).status == Payment.Status.PENDING


def test_a_paid_link_becomes_tickets_once_however_often_it_is_told(client, razorpay, link):
    event = razorpay.news("payment_link.paid", link.provider_id, payment=razorpay.pay(link.provider_id))

    for number in range(4):
        # The same delivery thrice, then one whose unsigned id somebody changed.
        assert tell(client, event, event_id="evt_changed" if number == 3 else "").status_code == 204
    run_outbox()

    assert now_of(link).status == Payment.Status.PAID
    assert link.booking.tickets.count() == 2
    assert [event.kind for event in ProviderEvent.objects.all()] == ["payment_link.paid"] * 2
    assert alarms() == []


def test_nothing_of_the_customers_person_or_bank_is_kept(client, razorpay, link):
    money = razorpay.pay(link.provider_id)
    hear(client, razorpay.news("payment_link.paid", link.provider_id, payment=money))
    hear(client, razorpay.news("payment.captured", payment=money))

    kept = json.dumps(list(ProviderEvent.objects.values_list("payload", flat=True)))
    assert money["email"] not in kept
    assert money["contact"] not in kept
    assert now_of(link).status == Payment.Status.PAID


def test_the_payment_on_the_link_tells_enough_when_the_link_says_nothing(client, razorpay, link):
    hear(client, razorpay.news("payment.captured", payment=razorpay.pay(link.provider_id)))

    assert now_of(link).status == Payment.Status.PAID


def test_a_page_whose_id_we_never_learnt_is_known_by_our_reference(client, razorpay, link):
    razorpay.pay(link.provider_id)
    Payment.objects.update(provider_id=None, page_url="")

    hear(client, razorpay.news("payment_link.paid", provider_id := next(iter(razorpay.links))))

    assert now_of(link).status == Payment.Status.PAID
    assert link.provider_id == provider_id


def test_a_declined_try_leaves_the_page_open(client, razorpay, link):
    hear(client, razorpay.news("payment.failed", payment=razorpay.attempt(link.provider_id, "failed")))
    assert (now_of(link).status, link.failure) == ("pending", "declined")

    hear(client, razorpay.news("payment.captured", payment=razorpay.pay(link.provider_id)))
    assert (now_of(link).status, link.failure) == ("paid", "")


def test_news_in_the_wrong_order_end_the_same(client, razorpay, link):
    declined = razorpay.news("payment.failed", payment=razorpay.attempt(link.provider_id, "failed"))
    money = razorpay.pay(link.provider_id)
    closed = razorpay.news("payment_link.paid", link.provider_id, payment=money)
    closed["event"] = "payment_link.expired"
    closed["payload"]["payment_link"]["entity"] |= {"status": "expired", "amount_paid": 0, "payments": None}
    del closed["payload"]["payment"]

    for event in (closed, razorpay.news("payment_link.paid", link.provider_id, payment=money), declined):
        hear(client, event)

    assert now_of(link).status == Payment.Status.PAID
    assert Ticket.objects.count() == 2
    assert alarms() == []


@pytest.mark.parametrize("kind", ["payment_link.expired", "payment_link.cancelled"])
def test_a_closed_link_gives_the_basket_back(client, razorpay, link, kind):
    razorpay.links[link.provider_id]["status"] = kind.partition(".")[2]

    hear(client, razorpay.news(kind, link.provider_id))

    assert now_of(link).status == Payment.Status.FAILED
    assert link.booking.status == Booking.Status.HELD


def test_news_that_is_a_day_late_pays_for_places_that_are_free_or_goes_back(client, razorpay, link):
    event = razorpay.news("payment_link.paid", link.provider_id, payment=razorpay.pay(link.provider_id))
    event["created_at"] -= 86_400
    razorpay.links[link.provider_id] |= {"status": "created", "amount_paid": 0, "payments": None}
    razorpay.payments.clear()
    run_out_of_time(link.booking, ago=timedelta(days=1))
    settle_unpaid_bookings(now=timezone.now())
    assert now_of(link).status == Payment.Status.FAILED

    hear(client, event)

    assert now_of(link).status == Payment.Status.PAID
    assert now_of(link.booking).status == Booking.Status.CONFIRMED
    assert link.booking.tickets.count() == 2


def test_money_that_arrives_on_a_cancelled_link_goes_back_when_the_places_are_gone(
    client, razorpay, link, rupee_session
):
    on_its_way = razorpay.attempt(link.provider_id, "authorized")
    run_out_of_time(link.booking)
    settle_unpaid_bookings(now=timezone.now() + timedelta(minutes=5))
    assert razorpay.links[link.provider_id]["status"] == "cancelled"
    assert now_of(link).status == Payment.Status.PENDING
    Customer().hold(rupee_session, "A1")

    razorpay.capture(on_its_way["id"])
    hear(client, razorpay.news("payment.captured", payment=on_its_way))

    assert now_of(link).status == Payment.Status.REFUNDED
    assert Refund.objects.get().reason == Refund.Reason.LATE
    assert [each["payment_id"] for each in razorpay.refunds.values()] == [on_its_way["id"]]
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize(
    "changes", [{"amount_paid": 100}, {"amount_paid": 190_000}, {"currency": "USD"}, {"currency": "IDR"}]
)
def test_another_sum_than_ours_never_confirms_and_raises_one_alarm(client, razorpay, link, changes):
    razorpay.pay(link.provider_id)
    razorpay.links[link.provider_id] |= changes

    hear(client, razorpay.news("payment_link.paid", link.provider_id))
    hear(client, razorpay.news("payment_link.paid", link.provider_id) | {"again": True})

    assert (now_of(link).status, link.failure) == ("pending", "mismatch")
    assert Ticket.objects.count() == 0
    assert alarms() == ["A payment of another amount than ours"]


def test_a_part_of_the_sum_is_another_sum(client, razorpay, link):
    razorpay.pay(link.provider_id, amount=500)

    hear(client, razorpay.news("payment_link.partially_paid", link.provider_id))

    assert now_of(link).failure == Payment.Failure.MISMATCH
    assert alarms() == ["A payment of another amount than ours"]


def test_money_on_a_link_that_is_not_ours_raises_an_alarm(client, razorpay, link):
    event = razorpay.news("payment_link.paid", link.provider_id, payment=razorpay.pay(link.provider_id))
    event["payload"]["payment_link"]["entity"] |= {"id": "plink_of_others", "reference_id": "TS1989"}

    hear(client, event)

    assert now_of(link).status == Payment.Status.PENDING
    assert alarms() == ["Money for a payment that is not ours"]


def test_payments_without_a_link_and_unknown_kinds_are_kept_and_ignored(client, razorpay, link):
    other = razorpay.pay(link.provider_id) | {"description": "Tea", "id": "pay_other"}

    for event in (
        razorpay.news("payment.captured", payment=other),
        razorpay.news("payment.authorized", payment=other),
        razorpay.news("settlement.processed", settlement={"id": "setl_1"}),
    ):
        hear(client, event)

    assert ProviderEvent.objects.filter(processed_at__isnull=False).count() == 3
    assert now_of(link).status == Payment.Status.PENDING
    assert alarms() == []
