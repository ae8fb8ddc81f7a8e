"""Chargebacks: what a customer's bank takes, keeps or returns, and what it means for tickets and refunds."""

from decimal import Decimal
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from djmoney.money import Money

from bookings.models import Booking, Ticket
from payments.errors import TakenByBankError
from payments.gateways.base import DisputeState
from payments.invariants import find_breaches, totals
from payments.models import Account, Discrepancy, Dispute, LedgerEntry, Payment, Refund
from payments.selectors import left_of, left_of_booking
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.disputes import record_dispute, take_over_dispute
from payments.services.refunds import approve_refund
from payments.services.repairs import repair_discrepancy
from tests.booking import go_to_payment, hold, pay
from tests.changes import change_now, choose
from tests.concurrency import run_together
from tests.customer import Customer, hear_from
from tests.disputes import hear_bank
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


def make_paid(seats: str = "A1") -> Payment:
    return make_confirmed_booking(make_event_session("A1 A2"), seats).payments.get()


def balance(account: str) -> Decimal:
    return sum((entry.amount for entry in LedgerEntry.objects.filter(account=account)), Decimal(0))


def alarms() -> list[str]:
    return [message.payload["what"] for message in Message.objects.filter(topic="notifications.alarm").order_by("pk")]


# What was heard, in order; what the bank holds then; what the dispute is then.
STORIES = {
    "taken at once": ([("open", True)], "45.00", "open"),
    "asked only": ([("open", False)], "0.00", "open"),
    "asked, then taken": ([("open", False), ("open", True)], "45.00", "open"),
    "taken, and the question comes late": ([("open", True), ("open", False)], "45.00", "open"),
    "won": ([("open", True), ("won", False)], "0.00", "won"),
    "lost": ([("open", True), ("lost", True)], "45.00", "lost"),
    "lost, taken at the end": ([("open", False), ("lost", True)], "45.00", "lost"),
    "the end is heard first": ([("won", False), ("open", True)], "0.00", "won"),
    "the bad end is heard first": ([("lost", True), ("open", True)], "45.00", "lost"),
    "won, and lost in the end": ([("open", True), ("won", False), ("lost", True)], "45.00", "lost"),
    "everything twice": ([("open", True), ("open", True), ("won", False), ("won", False)], "0.00", "won"),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_ledger_says_what_the_bank_holds_in_whatever_order_it_is_heard(story):
    news, held, status = STORIES[story]
    payment = make_paid()

    for word, has_money in news:
        dispute = hear_bank(payment, word, has_money=has_money)

    assert (balance(Account.DISPUTES), balance(Account.GATEWAY)) == (Decimal(held), Decimal("45.00") - Decimal(held))
    assert (dispute.status, dispute.closed_at) == (status, None if status == "open" else NOON)
    assert not list(find_breaches())


def test_staff_are_told_when_it_opens_and_when_it_ends_and_no_more():
    payment = make_paid()

    for word in ("open", "open", "lost", "lost"):
        hear_bank(payment, word)

    assert alarms() == ["A customer's bank disputes a payment", "A disputed payment is lost"]
    assert payment.booking.reference in str(Message.objects.last().payload)


def test_what_a_bank_took_is_listed_until_it_comes_back():
    payment = make_paid()
    hear_bank(payment)
    [listed] = Discrepancy.objects.all()

    assert (listed.kind, listed.status, listed.payment) == ("chargeback", "open", payment)
    assert (listed.ours, listed.theirs) == (Decimal("45.00"), Decimal("45.00"))
    hear_bank(payment, "won")
    listed.refresh_from_db()
    assert listed.status == Discrepancy.Status.GONE


def test_money_that_a_bank_took_is_not_given_back_a_second_time():
    payment = make_paid("A1 A2")
    hear_bank(payment, amount="90.00")

    cancel_booking(booking_id=payment.booking_id, now=NOON, actor=make_user("olga"))

    assert not Refund.objects.exists()
    assert (balance(Account.DISPUTES), balance(Account.TICKETS), balance(Account.GOODWILL)) == (0, 0, 0)
    assert not list(find_breaches())


def test_a_refund_that_waits_for_a_second_person_is_not_approved_over_a_chargeback(settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)
    payment = make_paid("A1 A2")
    cancel_booking(booking_id=payment.booking_id, now=NOON, actor=make_user("olga"))
    refund, fiona = Refund.objects.get(), make_user("fiona")
    hear_bank(payment, amount="90.00")

    with pytest.raises(TakenByBankError):
        approve_refund(refund_id=refund.pk, actor=fiona)
    refund.refresh_from_db()
    assert refund.status == Refund.Status.AWAITING_APPROVAL

    hear_bank(payment, "won", amount="90.00")
    assert approve_refund(refund_id=refund.pk, actor=fiona).status == Refund.Status.PENDING
    assert not list(find_breaches())


def test_what_a_bank_left_goes_back_when_tickets_are_cancelled():
    payment = make_paid("A1 A2")
    hear_bank(payment, amount="60.00")
    ticket = payment.booking.tickets.first()

    cancel_tickets(booking_id=payment.booking_id, ticket_ids=[ticket.pk], now=NOON)

    assert [refund.amount for refund in Refund.objects.all()] == [Money("30.00", "EUR")]
    assert (balance(Account.DISPUTES), balance(Account.GOODWILL)) == (Decimal("45.00"), 0)
    assert not list(find_breaches())


def test_goodwill_and_a_chargeback_each_turn_into_the_repayment_once():
    payment = make_paid("A1 A2")
    olga = make_user("olga")
    [goodwill] = refund_amount(
        booking_id=payment.booking_id, amount=Decimal("20.00"), key="1", note="", now=NOON, actor=olga
    )
    Refund.objects.filter(pk=goodwill.pk).update(status=Refund.Status.PENDING)
    hear_bank(payment, amount="40.00")

    cancel_booking(booking_id=payment.booking_id, now=NOON, actor=olga)

    amounts = sorted(refund.amount.amount for refund in Refund.objects.all())
    assert amounts == [Decimal("20.00"), Decimal("30.00")]
    assert (balance(Account.DISPUTES), balance(Account.GOODWILL)) == (0, 0)
    assert not list(find_breaches())


def test_a_bank_may_take_more_than_is_left_and_nothing_is_below_zero():
    payment = make_paid()
    olga = make_user("olga")
    refund_amount(booking_id=payment.booking_id, amount=Decimal("20.00"), key="1", note="", now=NOON, actor=olga)

    hear_bank(payment)

    assert (left_of(payment), left_of_booking(payment.booking_id)) == (0, 0)
    cancel_booking(booking_id=payment.booking_id, now=NOON, actor=olga)
    assert not list(find_breaches())


def test_money_won_back_can_be_given_back_again():
    payment = make_paid()
    hear_bank(payment)

    hear_bank(payment, "won")

    assert left_of(payment) == Decimal("45.00")


def test_each_event_bears_its_part_and_gets_it_back():
    first, second = make_event("Hamlet"), make_event("Macbeth")
    basket = hold(make_event_session("A1", event=first, price="30.00"), "A1")
    basket = hold(make_event_session("A1", event=second, price="15.00"), "A1", basket=basket)
    payment = pay(go_to_payment(basket))

    hear_bank(payment)

    assert totals(Account.DISPUTES, "event") == {first.pk: Decimal("30.00"), second.pk: Decimal("15.00")}
    hear_bank(payment, "won")
    assert totals(Account.DISPUTES, "event") == {first.pk: 0, second.pk: 0}


def test_a_dispute_in_another_currency_is_told_and_not_counted():
    payment = make_paid()
    state = DisputeState(provider_id="dp_1", payment_id="", status="open", amount=Money("50.00", "USD"))

    record_dispute(payment_id=payment.pk, state=state, now=NOON)

    assert not Dispute.objects.exists()
    assert balance(Account.DISPUTES) == 0
    assert alarms() == ["A dispute in another currency than its payment"]


def test_a_dispute_of_money_that_is_not_ours_is_listed_and_told_once(provider):
    state = DisputeState(provider_id="dp_9", payment_id="pay_other", status="open", amount=Money("50.00", "EUR"))

    for _ in range(2):
        take_over_dispute("sandbox", state, now=NOON)

    [listed] = Discrepancy.objects.all()
    assert (listed.kind, listed.payment, listed.theirs) == ("chargeback", None, Decimal("50.00"))
    assert alarms() == ["A customer's bank disputes a payment"]


@pytest.mark.parametrize("word", ["won", "lost"])
def test_a_dispute_is_followed_through_the_providers_own_news(client, provider, word):
    payment = Customer(client).go_to_provider(make_event_session("A1", now=timezone.now()))
    provider.pay(payment.provider_id)
    client.get(payment.get_absolute_url())
    provider.dispute(payment.provider_id)
    hear_from(provider, payment)
    taken = balance(Account.DISPUTES)

    provider.dispute(payment.provider_id, word)
    hear_from(provider, payment)

    assert taken == Decimal("45.00")
    assert balance(Account.DISPUTES) == (Decimal("45.00") if word == "lost" else 0)
    assert Dispute.objects.get().status == word
    assert not list(find_breaches())


def test_the_proof_of_money_names_a_dispute_that_the_ledger_does_not_know(capsys):
    payment = make_paid()
    dispute = hear_bank(payment)
    Dispute.objects.filter(pk=dispute.pk).update(status=Dispute.Status.WON)

    with pytest.raises(CommandError):
        call_command("check_ledger")

    assert f"booking {payment.booking.reference}: dispute {dispute.pk} is won" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_six_workers_that_hear_the_same_take_the_money_once():
    payment = make_paid()

    results = run_together(*(partial(hear_bank, payment) for _ in range(6)))

    assert [type(result) for result in results] == [Dispute] * 6
    assert balance(Account.DISPUTES) == Decimal("45.00")
    assert (Dispute.objects.count(), len(alarms())) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_a_chargeback_and_a_cancellation_at_once_the_customer_gets_the_money_once():
    payment = make_paid()
    olga = make_user("olga")

    results = run_together(
        *(partial(hear_bank, payment) for _ in range(3)),
        *(partial(cancel_booking, booking_id=payment.booking_id, now=NOON, actor=olga) for _ in range(3)),
    )

    assert {type(result) for result in results[:3]} == {Dispute}
    promised = sum(refund.amount.amount for refund in Refund.objects.all())
    # Either the bank was first, and nothing is promised; or the refund was, and the bank takes it once more.
    assert balance(Account.DISPUTES) == (Decimal("45.00") if promised else 0)


def change_both() -> tuple[Payment, Booking]:
    """Two tickets for 90.00, changed for two others; the payment, and the booking that has them now."""
    event_session = make_event_session("A1 A2 A3 A4")
    old = make_confirmed_booking(event_session, "A1 A2")
    return old.payments.get(), change_now(choose(old, "A1 A2", event_session, "A3 A4"))


@pytest.mark.parametrize(("taken", "back"), [("90.00", []), ("50.00", ["40.00"]), ("0.00", ["90.00"])])
def test_what_a_change_carried_over_is_given_back_as_far_as_the_bank_left_it(taken, back):
    payment, change = change_both()
    if taken == "0.00":
        hear_bank(payment, "open", amount="90.00", has_money=False)
    else:
        hear_bank(payment, "lost", amount=taken)

    cancel_booking(booking_id=change.pk, now=NOON, actor=make_user("olga"))

    refunds = Refund.objects.filter(payment__booking=change)
    assert [str(refund.amount.amount) for refund in refunds] == back
    assert not list(find_breaches())


def test_after_a_chargeback_the_tickets_become_void_that_the_money_was_changed_for():
    payment, change = change_both()
    hear_bank(payment, "lost", amount="90.00")
    row = Discrepancy.objects.get()

    repair_discrepancy(discrepancy_id=row.pk, actor=make_user("olga"), now=NOON)

    assert not change.tickets.filter(status=Ticket.Status.VALID).exists()
    assert not Refund.objects.filter(payment__booking=change).exists()
    assert not list(find_breaches())
