"""The refusals of passing a ticket on and of offering it back."""

from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class NotPassedOnError(DomainError):
    text = _("%(label)s: %(reason)s")


class PassedOnError(DomainError):
    text = _("%(label)s is somebody else's ticket by now, so this is theirs to decide.")


class WaitsForRecipientError(DomainError):
    text = _("%(label)s waits for somebody to accept it. Take it back first.")


class TooManyOffersError(DomainError):
    text = _("%(label)s was offered to %(count)s people already. Please ask us for help with it.")


class TransferOverError(DomainError):
    """Accepted by somebody, taken back, or too late."""

    text = _("%(reason)s")


class InOthersBasketError(DomainError):
    text = _(
        "%(labels)s: somebody has it in their basket or has bought it just now. If they leave it, you can take it back."
    )
