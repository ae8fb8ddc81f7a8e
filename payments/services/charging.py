"""Taking the money from a saved card: announced first, so that whatever happens then can be asked about."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from payments import vault
from payments.errors import GatewayRefusedError, GatewayUnavailableError, SavedMethodLockedError
from payments.gateways.registry import get_saving_gateway
from payments.models import Payment, SavedMethod
from payments.services.outcome import apply_state, fail_payment
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


def charge_saved(payment: Payment, saved: SavedMethod, now: datetime) -> None:
    """Charge once, however often it is asked; `page_url` is where the customer's bank wants to see them.

    Raises GatewayUnavailableError, GatewayRefusedError and SavedMethodLockedError while no money can have moved.
    Later on no answer is no failure: the payment's page, the webhook and the polling ask how it went.
    """
    if payment.provider_id is None:
        _announce(payment, saved, now)
    try:
        charge = get_saving_gateway(payment.gateway).charge(
            payment.provider_id or "",
            reference=str(payment.public_id),
            return_url=settings.SITE_URL + payment.get_absolute_url(),
        )
    except GatewayUnavailableError:
        publish("payments.gateway_doubted", gateway=payment.gateway)
        return
    except GatewayRefusedError:
        logger.info("charge refused", extra={"payment_id": payment.pk})
        return
    if charge.next_url != payment.page_url:
        payment.page_url = charge.next_url
        payment.save(update_fields=["page_url"])
    retry_on_conflict(lambda: apply_state(payment_id=payment.pk, state=charge.state, now=now))


def _announce(payment: Payment, saved: SavedMethod, now: datetime) -> None:
    with giving_up(payment, now):
        payment.provider_id = get_saving_gateway(payment.gateway).prepare_charge(
            token=vault.take_out(saved.locked_token),
            reference=str(payment.public_id),
            amount=payment.amount,
            description=describe(payment),
        )
    payment.save(update_fields=["provider_id"])


def describe(payment: Payment) -> str:
    """What the customer reads on the provider's page."""
    facts = {"site": settings.SITE_NAME, "reference": payment.booking.reference}
    return _("%(site)s, booking %(reference)s") % facts


@contextmanager
def giving_up(payment: Payment, now: datetime) -> Iterator[None]:
    """An attempt that never reached the provider is over, and the basket is the customer's again."""
    try:
        yield
    except (GatewayUnavailableError, GatewayRefusedError, SavedMethodLockedError) as refusal:
        retry_on_conflict(lambda: fail_payment(payment_id=payment.pk, failure=Payment.Failure.UNREACHABLE, now=now))
        if isinstance(refusal, GatewayUnavailableError):
            publish("payments.gateway_doubted", gateway=payment.gateway)
        raise
