"""Which gateways there are; settings are read at the call, so that a change needs no restart in tests."""

from collections.abc import Callable

from django.conf import settings

from payments.errors import GatewayMisconfiguredError, UnknownGatewayError
from payments.gateways.base import Gateway
from payments.gateways.sandbox import SandboxGateway
from payments.gateways.stripe.gateway import StripeGateway


def _sandbox() -> Gateway:
    return SandboxGateway(
        api_url=settings.SANDBOX_API_URL,
        api_key=settings.SANDBOX_API_KEY,
        webhook_secret=settings.SANDBOX_WEBHOOK_SECRET,
    )


def _stripe() -> Gateway:
    names = ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET")
    if missing := [name for name in names if not getattr(settings, name)]:
        raise GatewayMisconfiguredError(missing=", ".join(missing))
    return StripeGateway(
        api_key=settings.STRIPE_API_KEY,
        webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
        api_url=settings.STRIPE_API_URL,
    )


GATEWAYS: dict[str, Callable[[], Gateway]] = {"sandbox": _sandbox, "stripe": _stripe}


def get_gateway(name: str) -> Gateway:
    """The gateway of this name; UnknownGatewayError when there is none."""
    try:
        return GATEWAYS[name]()
    except KeyError:
        raise UnknownGatewayError(name=name) from None
