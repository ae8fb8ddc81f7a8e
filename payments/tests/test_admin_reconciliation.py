"""Discrepancies and chargebacks in the back office: who sees them, and which button repairs which."""

import pytest
from django.urls import reverse

from accounts.roles import FINANCE, SUPPORT
from bookings.models import Booking
from payments.models import Discrepancy, Reconciliation
from tests.customer import run_outbox
from tests.reconciling import MAKERS, Kind, Status, at_provider, make, make_unknown_payment, now_of
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(client, provider):
    return at_provider(client, provider)


BUTTONS = {
    Kind.UNKNOWN_PAYMENT: "give_back",
    Kind.MISSED_PAYMENT: "take_over",
    Kind.MISSING_PAYMENT: "write_off",
    Kind.PAYMENT_AMOUNT: "settle_difference",
    Kind.UNKNOWN_REFUND: "take_over",
    Kind.MISSED_REFUND: "take_over",
    Kind.MISSING_REFUND: "send_again",
    Kind.REFUND_AMOUNT: "settle_difference",
    Kind.CHARGEBACK: "write_off",
}


@pytest.mark.parametrize("kind", MAKERS)
def test_finance_sees_one_button_that_repairs_it(client, provider, kind):
    _scene, row = make(kind, client, provider)
    person = sign_in(client, FINANCE)

    page = client.get(reverse("admin:payments_discrepancy_change", args=[row.pk])).content.decode()
    offered = {
        name for name in BUTTONS.values() if reverse(f"admin:payments_discrepancy_{name}", args=[row.pk]) in page
    }
    response = press(client, row, BUTTONS[kind])

    assert offered == {BUTTONS[kind]}
    assert "Repaired" in response.content.decode()
    assert (now_of(row).status, row.resolved_by) == (Status.REPAIRED, person)


def press(client, row, name, **typed):
    url = reverse(f"admin:payments_discrepancy_{name}", args=[row.pk])
    return client.post(url, {"_form_submitted": "True", **typed}, follow=True)


def test_support_sees_no_discrepancies_and_repairs_none(client, provider):
    _scene, row = make(Kind.UNKNOWN_PAYMENT, client, provider)
    sign_in(client, SUPPORT)

    assert client.get(reverse("admin:payments_discrepancy_changelist")).status_code == 403
    press(client, row, "give_back")
    assert now_of(row).status == Status.OPEN


def test_a_dismissal_needs_its_reason(client, provider):
    _scene, row = make(Kind.UNKNOWN_PAYMENT, client, provider)
    sign_in(client, FINANCE)

    press(client, row, "dismiss")
    assert now_of(row).status == Status.OPEN
    press(client, row, "dismiss", note="Our other shop")
    assert (now_of(row).status, row.note) == (Status.DISMISSED, "Our other shop")


def test_finance_has_it_compared_now_by_a_worker(client, scene, settings):
    settings.PAYMENT_GATEWAYS = ["sandbox"]
    make_unknown_payment(scene)
    sign_in(client, FINANCE)

    client.post(reverse("admin:payments_discrepancy_compare_now"), {"_form_submitted": "True"})
    assert not Reconciliation.objects.exists()
    run_outbox()

    assert Discrepancy.objects.get().kind == Kind.UNKNOWN_PAYMENT
    page = client.get(reverse("admin:payments_reconciliation_changelist"))
    assert "compared" in page.content.decode()


@pytest.mark.parametrize("model", ["discrepancy", "dispute"])
def test_finance_takes_the_list_away(client, provider, model):
    make(Kind.CHARGEBACK, client, provider)
    sign_in(client, FINANCE)

    page = client.get(reverse(f"admin:payments_{model}_changelist"))
    export = client.post(
        reverse(f"admin:payments_{model}_export"),
        {"format": "0", "resource": "", f"{model}resource_booking": "on", f"{model}resource_status": "on"},
    )

    assert Booking.objects.get().reference in page.content.decode()
    assert f",{Booking.objects.get().reference}," in export.content.decode()
