"""A customer at the site's pages, through Django's test client; the provider is a real one on another port."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, Place
from events.models import EventSession
from payments.models import Payment, ProviderEvent
from payments.services.events import receive_event, take_over_at_once
from tests.factories import get_seat_ids, get_section
from tests.sandbox import Sandbox
from ticketing.outbox.tasks import deliver_outbox

HTMX = {"HX-Request": "true"}
TYPED = {"name": "Alice", "phone": "+43 660 1234567", "email": "alice@example.com"}


class Customer:
    """Her browser keeps the cookies; `booking` is read afresh each time."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client()

    def hold(
        self, event_session: EventSession, seats: str = "", standing: Mapping[str, int] | None = None, **headers: Any
    ) -> HttpResponse:
        data: dict[str, Any] = {"seat": get_seat_ids(event_session, seats)}
        for name, count in (standing or {}).items():
            data[f"standing-{get_section(event_session, name).pk}"] = count
        return self.client.post(reverse("bookings:hold", args=[event_session.pk]), data, **headers)

    @property
    def booking(self) -> Booking:
        return Booking.objects.get(access_key=self.client.cookies["basket"].value)

    @property
    def payment(self) -> Payment:
        return self.booking.payments.get()

    def pay_button(self, **typed: str) -> HttpResponse:
        return self.client.post("/checkout/", TYPED | typed)

    def go_to_provider(self, event_session: EventSession, seats: str = "A1", **more: Any) -> Payment:
        """Hold, check out, and stand on the provider's page."""
        self.hold(event_session, seats, **more)
        payment_page = self.pay_button()
        assert payment_page.status_code == 302, payment_page.content
        return self.payment

    def come_back(self, payment: Payment, outcome: str = "paid", **headers: Any) -> HttpResponse:
        """Follow the provider's redirect; the address may say what it likes about the outcome."""
        return self.client.get(f"{payment.get_absolute_url()}?outcome={outcome}", **headers)


def run_out_of_time(booking: Booking, *, ago: timedelta = timedelta(seconds=5)) -> None:
    """The customer's time, and the gateway's grace after it, ended so long ago."""
    moment = timezone.now() - ago
    Booking.objects.filter(pk=booking.pk).update(held_until=moment)
    Place.objects.filter(booking=booking, state=Place.State.HELD).update(held_until=moment)


def run_outbox() -> None:
    """What the workers do all day, once."""
    take_over_events()
    deliver_outbox()


def take_over_events() -> None:
    """What the workers do that were called for a provider's events."""
    waiting = ProviderEvent.objects.filter(processed_at=None, is_left_to_outbox=False)
    for event_pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        take_over_at_once(event_pk)


def hear_from(provider: Sandbox, payment: Payment) -> None:
    """The provider's latest event, as the webhook and the worker would take it in."""
    receive_event(provider.gateway.interpret(provider.events(payment.provider_id or "")[-1]))
    run_outbox()
