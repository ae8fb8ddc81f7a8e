"""Whether each gateway can be used just now; one that cannot is not offered, and staff see why."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notifications.alarms import raise_alarm
from payments.errors import GatewayMisconfiguredError, GatewayRefusedError, GatewayUnavailableError
from payments.gateways.registry import get_gateway
from payments.models import GatewayStatus
from ticketing.errors import DomainError

logger = logging.getLogger(__name__)
NOT_NOW = (GatewayUnavailableError, GatewayRefusedError, GatewayMisconfiguredError)


def check_gateways(*, now: datetime) -> None:
    """Ask each gateway of the settings something harmless, and keep what is wrong with it."""
    for name in settings.PAYMENT_GATEWAYS:
        check_gateway(name, now=now)


def check_doubted(*, gateway: str) -> None:
    """Outbox handler: a customer's request failed, so look at once."""
    check_gateway(gateway, now=timezone.now())


def check_gateway(name: str, *, now: datetime) -> None:
    try:
        get_gateway(name).check()
    except NOT_NOW as refusal:
        note_problem(name, refusal, now=now)
    else:
        GatewayStatus.objects.update_or_create(name=name, defaults={"problem": "", "checked_at": now})


@transaction.atomic
def note_problem(name: str, refusal: DomainError, *, now: datetime) -> None:
    """Stop offering the gateway until a check finds it well; staff are told once."""
    status, _is_new = GatewayStatus.objects.get_or_create(name=name)
    was_well = not status.problem
    status.problem, status.checked_at = str(refusal)[:300], now
    status.save(update_fields=["problem", "checked_at"])
    if was_well:
        logger.error("payment gateway cannot be used", extra={"gateway": name})
        raise_alarm("A payment gateway cannot be used", gateway=name)
