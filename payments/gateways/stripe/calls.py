"""How the SDK is called, and what its errors mean to us."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import stripe

from payments.errors import GatewayRefusedError, GatewayUnavailableError

logger = logging.getLogger(__name__)

TIMEOUT = (3.0, 10.0)  # Seconds to connect, and to answer.
# Ids that pay, or lead to someone's card; messages of the provider quote them.
SECRETS = re.compile(r"\b(?:pm|cus|card|src|tok|seti|sk|rk|whsec)_\w+")


@lru_cache(maxsize=4)
def connect(api_key: str, api_url: str) -> stripe.StripeClient:
    """A client that keeps its connections; without tries of its own, because the site repeats by itself."""
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_url} if api_url else None,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=0,
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """The SDK's errors as GatewayUnavailableError and GatewayRefusedError.

    Without the cause: its text and attributes hold the whole answer, which belongs in no log.
    """
    try:
        yield
    except stripe.StripeError as fault:
        raise translate(fault) from None


def translate(fault: stripe.StripeError) -> GatewayUnavailableError | GatewayRefusedError:
    if isinstance(fault, stripe.AuthenticationError | stripe.PermissionError):
        # Our own key is wrong: the customer can only come back, but someone has to know.
        logger.error("payment provider refused the key", extra={"gateway": "stripe"})
        return GatewayUnavailableError()
    if isinstance(fault, stripe.CardError | stripe.InvalidRequestError | stripe.IdempotencyError):
        return GatewayRefusedError(reason=without_secrets(fault.user_message or ""), code=fault.code or "")
    return GatewayUnavailableError()


def without_secrets(text: str) -> str:
    return SECRETS.sub("…", text)
