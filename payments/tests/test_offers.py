"""Customers choose a way to pay; staff and the gateways' health decide which ones there are."""

import pytest
from django.urls import reverse
from django.utils import timezone

from payments.gateways import registry
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.methods import Method
from payments.models import GatewayStatus, MethodRule, Payment
from payments.offers import Offer, list_offers
from payments.services.health import check_gateways
from tests.customer import Customer, run_outbox
from tests.factories import make_user
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(settings, monkeypatch):
    """A second gateway beside the sandbox, offering the same."""
    settings.PAYMENT_GATEWAYS = ["sandbox", "other"]
    monkeypatch.setitem(registry.GATEWAYS, "other", registry.GATEWAYS["sandbox"])


def offered(currency="EUR", event_ids=(1,)):
    return [(str(offer.method), offer.gateway) for offer in list_offers(currency=currency, event_ids=event_ids)]


def test_without_rules_everything_a_gateway_can_take_is_offered():
    assert offered() == [("card", "sandbox"), ("bank", "sandbox")]
    assert [method for method, _ in offered("INR")] == ["card", "upi", "netbanking", "bank"]


def test_the_rule_that_says_most_wins(event_session):
    event_id = event_session.event_id
    sandbox = GatewayStatus.objects.create(name="sandbox")
    rule = sandbox.rules.create
    rule(method=Method.BANK, is_offered=False)
    assert offered() == [("card", "sandbox")]
    rule(method=Method.BANK, currency="EUR", is_offered=True)
    assert ("bank", "sandbox") in offered()
    assert ("bank", "sandbox") not in offered("USD")
    rule(method=Method.BANK, event_id=event_id, is_offered=False)
    assert ("bank", "sandbox") not in offered(event_ids=[event_id])
    assert ("bank", "sandbox") not in offered(event_ids=[event_id, event_id + 1])
    assert ("bank", "sandbox") in offered(event_ids=[event_id + 1])


def test_two_gateways_share_the_work_by_order_and_rules(other):
    GatewayStatus.objects.create(name="sandbox", rank=2)
    second = GatewayStatus.objects.create(name="other", rank=1)
    assert offered() == [("card", "other"), ("bank", "other")]

    second.rules.create(method=Method.CARD, is_offered=False)
    assert offered() == [("card", "sandbox"), ("bank", "other")]


@pytest.mark.parametrize("fields", [{"is_enabled": False}, {"problem": "The key is wrong."}])
def test_a_gateway_that_is_off_or_down_is_not_offered(fields):
    GatewayStatus.objects.create(name="sandbox", **fields)

    assert offered() == []


def test_a_gateway_that_stops_answering_is_noticed_and_comes_back(provider):
    provider.set(unavailable=True)
    check_gateways(now=timezone.now())
    check_gateways(now=timezone.now())
    assert offered() == []
    assert Message.objects.filter(topic="notifications.alarm").count() == 1

    provider.set(unavailable=False)
    check_gateways(now=timezone.now())
    assert ("card", "sandbox") in offered()


def test_a_wrong_key_is_a_problem_that_staff_can_read(provider, client, settings):
    settings.SANDBOX_API_KEY = "wrong"
    check_gateways(now=timezone.now())

    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:payments_gatewaystatus_changelist")).content.decode()
    assert "not usable" in page
    assert "not answering" in page


def test_staff_ask_by_hand(provider, client):
    gateway = GatewayStatus.objects.create(name="sandbox", problem="Away.")
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    url = reverse("admin:payments_gatewaystatus_check_now", args=[gateway.pk])

    page = client.post(url, {"_form_submitted": "True"}, follow=True).content.decode()

    gateway.refresh_from_db()
    assert gateway.problem == ""
    assert "sandbox answers." in page


def test_the_chosen_way_is_kept_and_the_page_before_is_closed(client, provider, event_session):
    alice = Customer(client)
    alice.hold(event_session, "A1")
    alice.pay_button(method="card")
    alice.pay_button(method="bank")
    alice.pay_button(method="bank")

    card, bank = alice.booking.payments.order_by("pk")
    assert (card.method, card.status) == ("card", Payment.Status.FAILED)
    assert (bank.method, bank.status) == ("bank", Payment.Status.PENDING)
    assert not provider.gateway.get_payment(card.provider_id).can_still_be_paid


def test_a_way_that_is_not_offered_is_refused_and_what_was_typed_stays(client, provider, event_session):
    alice = Customer(client)
    alice.hold(event_session, "A1")

    response = alice.pay_button(method="upi")

    assert response.status_code == 422
    assert "not offered any more" in response.content.decode()
    assert 'value="Alice"' in response.content.decode()
    assert not Payment.objects.exists()


def test_with_no_way_to_pay_the_page_says_so_kindly(client, event_session):
    GatewayStatus.objects.create(name="sandbox", problem="Away.")
    alice = Customer(client)
    alice.hold(event_session, "A1")

    response = alice.pay_button()

    assert response.status_code == 503
    assert "try again soon" in response.content.decode()
    assert not Payment.objects.exists()


def test_a_request_that_fails_leads_to_a_look_at_the_gateway(client, provider, event_session):
    alice = Customer(client)
    alice.hold(event_session, "A1")
    provider.set(unavailable=True)

    assert alice.pay_button().status_code == 503
    run_outbox()

    assert GatewayStatus.objects.get().problem
    assert offered() == []


def test_one_way_is_not_asked_about(client, event_session):
    sandbox = GatewayStatus.objects.create(name="sandbox")
    MethodRule.objects.create(gateway=sandbox, method=Method.BANK, is_offered=False)
    alice = Customer(client)
    alice.hold(event_session, "A1")

    assert "How would you like to pay?" not in client.get("/checkout/").content.decode()


def test_the_sandbox_offers_upi_in_rupees_only():
    gateway = SandboxGateway(api_url="", api_key="", webhook_secret="")

    assert Method.UPI in gateway.methods_for("INR")
    assert Method.UPI not in gateway.methods_for("EUR")
    assert Offer(method=Method.CARD, gateway="sandbox") in list_offers(currency="EUR", event_ids=[])
