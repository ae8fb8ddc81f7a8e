"""Which gateways there are; settings are read at the call, so that a change needs no restart in tests."""

from collections.abc import Callable

from django.conf import settings

from payments.errors import GatewayMisconfiguredError, UnknownGatewayError
from payments.gateways.base import Gateway, SavingGateway
from payments.gateways.razorpay.gateway import RazorpayGateway
from payments.gateways.sandbox.gateway import SandboxGateway


def _sandbox() -> Gateway:
    return SandboxGateway(
        api_url=settings.SANDBOX_API_URL,
        api_key=settings.SANDBOX_API_KEY,
        webhook_secret=settings.SANDBOX_WEBHOOK_SECRET,
    )


def _stripe() -> Gateway:
    _require("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET")
    # Its SDK takes 13 MB and 0.4 s of each process, which only sites with Stripe shall pay.
    from payments.gateways.stripe.gateway import StripeGateway  # noqa: PLC0415

    return StripeGateway(
        api_key=settings.STRIPE_API_KEY,
        webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
        api_url=settings.STRIPE_API_URL,
    )


def _razorpay() -> Gateway:
    _require("RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET", "RAZORPAY_WEBHOOK_SECRET")
    return RazorpayGateway(
        api_url=settings.RAZORPAY_API_URL,
        key_id=settings.RAZORPAY_KEY_ID,
        key_secret=settings.RAZORPAY_KEY_SECRET,
        webhook_secret=settings.RAZORPAY_WEBHOOK_SECRET,
    )


def _require(*names: str) -> None:
    if missing := [name for name in names if not getattr(settings, name)]:
        raise GatewayMisconfiguredError(missing=", ".join(missing))


GATEWAYS: dict[str, Callable[[], Gateway]] = {"sandbox": _sandbox, "stripe": _stripe, "razorpay": _razorpay}


def get_gateway(name: str) -> Gateway:
    """The gateway of this name; UnknownGatewayError when there is none."""
    try:
        return GATEWAYS[name]()
    except KeyError:
        raise UnknownGatewayError(name=name) from None


def get_saving_gateway(name: str) -> SavingGateway:
    """The same, where its provider keeps ways to pay; UnknownGatewayError otherwise."""
    gateway = get_gateway(name)
    if not isinstance(gateway, SavingGateway):
        raise UnknownGatewayError(name=name)
    return gateway
