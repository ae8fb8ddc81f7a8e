"""The whole way, from an organiser's plan file to the gate; on MariaDB, and once more on the demo's SQLite."""

import json
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from django.contrib.auth.models import Permission
from django.core import mail
from django.utils import timezone
from PIL import Image

from bookings.services.publishing import publish_event_session
from events.models import EventSession
from payments.models import ProviderEvent
from tests.customer import Customer, run_outbox
from tests.factories import make_event, make_event_session, make_hall, make_user
from tests.sandbox import Receiver, wait_until
from venues.plans.json_format import read_plan_json
from venues.services.plans import save_plan

pytestmark = [pytest.mark.main_path, pytest.mark.django_db(transaction=True)]

ROW = {
    "row_number": "C",
    "position": {"x": 0, "y": 0},
    "seats": [
        {"seat_number": str(number), "category": "Stalls", "position": {"x": 25 * number, "y": 0}}
        for number in range(1, 9)
    ],
}
PLAN_FILE = {
    "name": "Plan",
    "categories": [{"name": "Stalls", "color": "#0072b2"}],
    "zones": [{"name": "Stalls", "position": {"x": 0, "y": 0}, "rows": [ROW], "areas": []}],
    "size": {"width": 400, "height": 200},
}


@pytest.fixture
def event_session():
    plan = save_plan(hall=make_hall(), draft=read_plan_json(json.dumps(PLAN_FILE).encode()))
    event = make_event("Spring Concert", slug="spring-concert", fee_per_ticket="1.50", duration=timedelta(hours=2))
    now = timezone.now()
    starts_in = timedelta(hours=2)
    draft = make_event_session(
        plan=plan, event=event, published=False, now=now, starts_in=starts_in, ticket_types={"Child": "20.00"}
    )
    publish_event_session(event_session_id=draft.pk, now=now)
    draft.refresh_from_db()
    return draft


def test_from_the_plan_file_to_the_gate(client, provider, event_session):
    alice = Customer(client)

    find_it(client, event_session)
    keep_two_seats(alice, event_session)
    make_one_a_child(alice)
    payment = type_the_form_twice(alice)

    paid = provider.choose(payment.page_url, "pay")
    assert paid.status_code == 303
    tickets_page = client.get(paid.headers["Location"].removeprefix("http://localhost:8000"), follow=True)
    booking = payment.booking
    assert tickets_page.redirect_chain[-1][0] == booking.get_absolute_url()
    assert "You are in, Alice." in tickets_page.content.decode()
    assert client.cookies["basket"].value == ""

    codes = codes_on_screen(client, booking)
    assert codes == codes_in(client.get(f"{booking.get_absolute_url()}tickets.pdf").content)
    run_outbox()
    assert codes == codes_in(attached_pdf(mail.outbox))
    stand_at_the_gate(event_session, codes[0])


def find_it(client, event_session: EventSession) -> None:
    home = client.get("/").content.decode()
    assert "Spring Concert" in home
    assert not client.cookies, "a public page sets no cookie"
    assert f"/sessions/{event_session.pk}/seats/" in client.get("/events/spring-concert/").content.decode()


def keep_two_seats(alice: Customer, event_session: EventSession) -> None:
    page = alice.client.get(f"/sessions/{event_session.pk}/seats/").content.decode()
    assert "Stalls, row C, seat 3, €45.00" in page
    held = alice.hold(event_session, "C3 C4")
    assert (held.status_code, held.url) == (302, "/basket/")


def make_one_a_child(alice: Customer) -> None:
    basket = alice.client.get("/basket/").content.decode()
    assert "€93.00" in basket, "two adults and two fees"
    item = alice.booking.items.first()
    child = item.event_session.tiers.get(ticket_type__name="Child").ticket_type_id
    alice.client.post("/basket/ticket-types/", {f"ticket-type-{item.pk}": child})
    assert "€68.00" in alice.client.get("/basket/").content.decode()


def type_the_form_twice(alice: Customer):
    refused = alice.pay_button(phone="12", name="Alice of Vienna")
    assert refused.status_code == 422
    assert 'value="Alice of Vienna"' in refused.content.decode()
    assert "This number seems incomplete" in refused.content.decode()
    assert not alice.booking.payments.exists()

    sent = alice.pay_button()
    payment = alice.payment
    assert sent.url == payment.page_url
    assert str(payment.amount) == "€68.00"
    return payment


def codes_on_screen(client, booking) -> list[str]:
    pictures = [client.get(f"{booking.get_absolute_url()}{ticket.code}.png") for ticket in booking.tickets.all()]
    return [zxingcpp.read_barcodes(Image.open(BytesIO(picture.content)))[0].text for picture in pictures]


def codes_in(pdf: bytes) -> list[str]:
    pages = [page.render(scale=2).to_pil() for page in pypdfium2.PdfDocument(pdf)]
    return [zxingcpp.read_barcodes(page)[0].text for page in pages]


def attached_pdf(outbox) -> bytes:
    (message,) = outbox
    assert message.to == ["alice@example.com"]
    assert "Spring Concert" in message.subject
    return next(content for name, content, kind in message.attachments if kind == "application/pdf")


def stand_at_the_gate(event_session: EventSession, code: str) -> None:
    sam = make_user("sam")
    sam.user_permissions.add(Permission.objects.get(content_type__app_label="scanner", codename="add_scan"))
    gate = Customer().client
    gate.force_login(sam)
    presented = {"code": code, "event_session": event_session.pk}
    answers = [
        gate.post(
            "/scanner/validate", presented | {"nonce": f"presentation-{number}"}, headers={"Accept": "application/json"}
        )
        for number in (1, 2)
    ]
    assert [answer.json()["result"] for answer in answers] == ["granted", "rejected"]
    assert "already used" in answers[1].json()["message"].lower()


def test_a_webhook_alone_brings_the_tickets_to_someone_who_closed_the_window(client, provider, event_session):
    alice = Customer(client)
    payment = alice.go_to_provider(event_session, "C1")

    with Receiver().running() as receiver:
        provider.set(webhooks="normal", webhook_url=receiver.url)
        provider.pay(payment.provider_id)
        (body, headers) = wait_until(lambda: receiver.received)[0]
    for _ in range(2):
        told = client.post(
            "/payments/webhooks/sandbox/",
            body,
            content_type="application/json",
            headers={"Sandbox-Signature": headers["Sandbox-Signature"]},
        )
        assert told.status_code == 204
        run_outbox()

    payment.booking.refresh_from_db()
    assert payment.booking.is_confirmed
    assert payment.booking.tickets.count() == 1
    assert ProviderEvent.objects.count() == 1
    assert len(mail.outbox) == 1
    assert alice.come_back(payment).url == payment.booking.get_absolute_url()
