"""Which gateways there are; settings are read at the call, so that a change needs no restart in tests."""

from collections.abc import Callable

from django.conf import settings

from payments.errors import UnknownGatewayError
from payments.gateways.base import Gateway
from payments.gateways.sandbox import SandboxGateway


def _sandbox() -> Gateway:
    return SandboxGateway(
        api_url=settings.SANDBOX_API_URL,
        api_key=settings.SANDBOX_API_KEY,
        webhook_secret=settings.SANDBOX_WEBHOOK_SECRET,
    )


GATEWAYS: dict[str, Callable[[], Gateway]] = {"sandbox": _sandbox}


def get_gateway(name: str) -> Gateway:
    """The gateway of this name; UnknownGatewayError when there is none."""
    try:
        return GATEWAYS[name]()
    except KeyError:
        raise UnknownGatewayError(name=name) from None
