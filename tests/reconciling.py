"""A paid booking at the sandbox provider, and each way in which the provider and we may come to differ."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from payments.models import Account, Discrepancy, LedgerEntry, Payment, Reconciliation, Refund
from payments.services.cancelling import refund_amount
from payments.services.reconciliation import reconcile
from payments.services.refunds import send_refund
from payments.services.repairs import repair_discrepancy
from payments.tests.test_sandbox_pages import open_payment
from tests.customer import Customer
from tests.factories import make_event_session, make_user
from tests.sandbox import Sandbox

Kind, Status = Discrepancy.Kind, Discrepancy.Status


@dataclass
class Scene:
    provider: Sandbox
    payment: Payment
    actor: User

    @property
    def booking(self) -> Booking:
        return self.payment.booking

    def compare(self) -> Reconciliation:
        now = timezone.now()
        return reconcile("sandbox", since=now - timedelta(days=1), until=now + timedelta(minutes=1), now=now)

    def repair(self, row: Discrepancy) -> Discrepancy:
        return repair_discrepancy(discrepancy_id=row.pk, actor=self.actor, now=timezone.now())

    def refund(self, amount: str = "20.00", *, is_sent: bool = True) -> Refund:
        [refund] = refund_amount(
            booking_id=self.booking.pk,
            amount=Decimal(amount),
            key=amount,
            note="",
            now=timezone.now(),
            actor=self.actor,
        )
        if is_sent:
            send_refund(refund.pk)
        refund.refresh_from_db()
        return refund

    def there(self) -> list[tuple[int, str]]:
        answer = self.provider.call("GET", f"/v1/payments/{self.payment.provider_id}/refunds").json()
        return [(refund["amount"], refund["status"]) for refund in answer["refunds"]]


def at_provider(client, provider, *, is_paid: bool = True, is_heard: bool = True) -> Scene:
    payment = Customer(client).go_to_provider(make_event_session("A1", now=timezone.now()))
    if is_paid:
        provider.pay(payment.provider_id)
    if is_heard:
        client.get(payment.get_absolute_url())
    payment.refresh_from_db()
    return Scene(provider, payment, make_user("fiona"))


def make_unknown_payment(scene: Scene) -> None:
    stray = open_payment(scene.provider, "somebody else's", amount=1234)
    scene.provider.pay(stray["id"])


def make_missing_payment(scene: Scene) -> None:
    Payment.objects.filter(pk=scene.payment.pk).update(provider_id="pay_never_there")
    # Theirs is then nobody's, which is another finding; it is not what this is about.
    row = Discrepancy(gateway="sandbox", kind=Kind.UNKNOWN_PAYMENT, provider_id=scene.payment.provider_id)
    row.status, row.currency, row.found_at = Status.DISMISSED, "EUR", timezone.now()
    row.save()
    Payment.objects.filter(pk=scene.payment.pk).update(public_id="00000000-0000-0000-0000-000000000001")


def make_payment_amount(scene: Scene, amount: str = "40.00") -> None:
    """We say so much more or less than the provider; the ledger with us."""
    change = Decimal(amount) - Decimal("45.00")
    Payment.objects.filter(pk=scene.payment.pk).update(amount=Decimal(amount))
    entry = LedgerEntry.objects.filter(payment=scene.payment, account=Account.GATEWAY).get()
    LedgerEntry.objects.filter(pk=entry.pk)._raw_delete("default")
    entry.pk, entry.amount = None, entry.amount + change
    entry._state.adding = True
    entry.save()
    LedgerEntry.objects.create(
        posting=entry.posting,
        line=9,
        account=Account.GOODWILL,
        amount=-change,
        currency="EUR",
        booking=scene.booking,
        posted_at=timezone.now(),
    )


def make_unknown_refund(scene: Scene) -> None:
    scene.provider.give_back(scene.payment.provider_id, 1500)


def make_missed_refund(scene: Scene) -> None:
    refund = scene.refund(is_sent=False)
    scene.provider.gateway.refund(
        provider_id=scene.payment.provider_id, reference=refund.provider_reference, amount=refund.amount
    )


def make_missing_refund(scene: Scene) -> None:
    scene.provider.bounce(scene.refund().provider_id)


def make_refund_amount(scene: Scene, given: int = 1500) -> None:
    refund = scene.refund(is_sent=False)
    scene.provider.give_back(scene.payment.provider_id, given, key=refund.provider_reference)


def make_chargeback(scene: Scene) -> None:
    scene.provider.dispute(scene.payment.provider_id)


MAKERS = {
    Kind.UNKNOWN_PAYMENT: make_unknown_payment,
    Kind.MISSED_PAYMENT: None,
    Kind.MISSING_PAYMENT: make_missing_payment,
    Kind.PAYMENT_AMOUNT: make_payment_amount,
    Kind.UNKNOWN_REFUND: make_unknown_refund,
    Kind.MISSED_REFUND: make_missed_refund,
    Kind.MISSING_REFUND: make_missing_refund,
    Kind.REFUND_AMOUNT: make_refund_amount,
    Kind.CHARGEBACK: make_chargeback,
}


def make(kind: str, client, provider) -> tuple[Scene, Discrepancy]:
    scene = at_provider(client, provider, is_heard=kind != Kind.MISSED_PAYMENT)
    if maker := MAKERS[kind]:
        maker(scene)
    scene.compare()
    return scene, Discrepancy.objects.get(status=Status.OPEN)


def now_of(row):
    row.refresh_from_db()
    return row
