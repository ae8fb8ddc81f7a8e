"""The refusals of payment."""

from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class GatewayUnavailableError(DomainError):
    """The provider gave no usable answer: what it did is unknown, so repeat with the same key or ask."""

    text = _(
        "The payment service is not answering just now. Nothing was lost and nothing was charged twice: "
        "please try again in a moment."
    )
    status = 503


class GatewayRefusedError(DomainError):
    """The provider understood and said no; repeating the same request changes nothing."""

    text = _("The payment service did not accept this: %(reason)s")
    status = 502


class BadSignatureError(DomainError):
    text = _("This message is not from the payment provider.")
    status = 400


class UnknownGatewayError(DomainError):
    text = _("There is no such payment provider here.")
    status = 404
