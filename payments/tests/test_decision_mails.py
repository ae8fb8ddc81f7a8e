"""Who may decide on what waits for a second person is mailed once; who asked for it, and who may not decide, is not."""

from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.roles import FINANCE, GATE
from payments.models import Discrepancy, Refund
from payments.services.cancelling import refund_amount
from payments.services.giving import give_gift
from payments.services.refunds import reject_refund
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user
from tests.gifts import wish
from tests.messages import deliver
from tests.reconciling import Kind, make
from tests.staff import make_staff
from ticketing.outbox.models import Message
from ticketing.outbox.services import publish

pytestmark = pytest.mark.django_db
TOPIC = "payments.decision_wanted"


@pytest.fixture
def fiona(settings):
    """She asks; Frank may decide, and nobody else may."""
    settings.REFUND_APPROVAL_LIMIT = Decimal(10)
    make_staff(FINANCE, "frank")
    make_staff(FINANCE, "gina", is_active=False)
    make_staff(GATE)
    return make_staff(FINANCE, "fiona")


def ask_for_refund(actor):
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    [refund] = refund_amount(booking_id=booking.pk, amount=Decimal(11), key="1", note="", now=NOON, actor=actor)
    return refund


def told():
    return [(each.to[0], each.subject) for each in mail.outbox]


def test_a_refund_above_the_limit_is_told_to_the_others_once(fiona):
    refund = ask_for_refund(fiona)
    deliver(TOPIC)
    Message.objects.filter(topic=TOPIC).update(sent_at=None, due_at=timezone.now())
    deliver(TOPIC)

    assert told() == [("frank@example.com", "A refund of €11.00 waits for a second person")]
    words = mail.outbox[0].body
    assert refund.payment.booking.reference in words
    assert reverse("admin:payments_refund_change", args=[refund.pk]) in words
    assert str(fiona) in words


def test_what_was_decided_meanwhile_is_told_to_nobody(fiona):
    refund = ask_for_refund(fiona)
    reject_refund(refund_id=refund.pk, actor=make_user("olga"), now=NOON)
    deliver(TOPIC)

    assert told() == []


def test_what_needs_nobody_is_told_to_nobody(fiona, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(11)
    assert ask_for_refund(fiona).status == Refund.Status.PENDING
    deliver(TOPIC)

    assert told() == []


def test_a_large_gift_is_told_too(fiona):
    gift = give_gift(wish=wish(), reason="A prize", actor=fiona, now=NOON)
    deliver(TOPIC)

    assert told() == [("frank@example.com", "A gift voucher of €50.00 waits for a second person")]
    assert reverse("admin:payments_giftvoucher_change", args=[gift.pk]) in mail.outbox[0].body


def test_a_repair_that_gives_much_back_is_told_too_and_again_over_another_sum(client, provider, settings):
    scene, row = make(Kind.UNKNOWN_PAYMENT, client, provider)
    settings.REFUND_APPROVAL_LIMIT = Decimal(10)
    make_staff(FINANCE, "frank")
    scene.repair(row)
    deliver(TOPIC)

    # It is another sum by now, so nobody has asked for it.
    Discrepancy.objects.filter(pk=row.pk).update(theirs=Decimal(11), asked_by=None)
    publish(TOPIC, what="discrepancy", row_id=row.pk)
    deliver(TOPIC)
    assert told() == [("frank@example.com", "Giving €12.34 back waits for a second person")]

    scene.repair(row)
    Discrepancy.objects.filter(pk=row.pk).update(theirs=Decimal(11))
    deliver(TOPIC)
    assert told()[1:] == [("frank@example.com", "Giving €11.00 back waits for a second person")]
