"""The official SDK with a time limit, and its failures in our words.

The SDK tells errors apart by a code that says the same for a wrong key and a wrong amount, so the
HTTP status is looked at here, before the SDK reads the answer.
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import razorpay
import requests
from razorpay.errors import BadRequestError

from payments.errors import GatewayRefusedError, GatewayUnavailableError

logger = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 2, 8


class WrongKeyError(GatewayUnavailableError):
    """Customers can only come back later; `check` tells staff the reason."""


class Session(requests.Session):
    """What the SDK sends its requests through."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Answers that are not the caller's mistake are raised as GatewayUnavailableError."""
        kwargs |= {"timeout": (CONNECT_SECONDS, READ_SECONDS), "allow_redirects": False}
        try:
            answer = super().request(method, url, *args, **kwargs)
        except requests.RequestException as fault:
            raise GatewayUnavailableError from fault
        if answer.status_code in {401, 403}:
            logger.error("payment provider refused the key", extra={"gateway": "razorpay"})
            raise WrongKeyError
        if answer.status_code == 404:
            raise GatewayRefusedError(reason="Razorpay does not know this id.", code="not_found")
        # 409: the first request with this key is still at work.
        if answer.status_code not in {200, 201, 400}:
            raise GatewayUnavailableError
        return answer


def call(ask: Callable[[Any], Any], *, api_url: str, key_id: str, key_secret: str) -> dict[str, Any]:
    """The answer to one question to the SDK; raises GatewayUnavailableError and GatewayRefusedError."""
    with Session() as session:
        client = razorpay.Client(session=session, auth=(key_id, key_secret), base_url=api_url)
        try:
            answer = ask(client)
        except BadRequestError as refusal:
            raise GatewayRefusedError(reason=str(refusal), code="bad_request") from refusal
        except (GatewayUnavailableError, GatewayRefusedError):
            raise
        except Exception as fault:  # The SDK trusts the shape of every answer, and has errors of its own.
            raise GatewayUnavailableError from fault
    if not isinstance(answer, dict):
        raise GatewayUnavailableError
    return answer


def in_path(provider_id: str) -> str:
    """The SDK puts ids into addresses as they are."""
    return quote(provider_id, safe="")
