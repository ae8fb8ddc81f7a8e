"""The refusals of payment."""

from django.utils.translation import gettext_lazy as _

from bookings.errors import PlacesGoneError
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


class GatewayMisconfiguredError(GatewayUnavailableError):
    """As good as away for customers, whose payments wait; staff see what is missing."""

    text = _("The gateway is not set up: %(missing)s is missing in the environment.")


class NoWayToPayError(DomainError):
    text = _("Paying is not possible just now. Your places stay yours until the time shown: please try again soon.")
    status = 503


class BadSignatureError(DomainError):
    text = _("This message is not from the payment provider.")
    status = 400


class RefundStateError(DomainError):
    text = _("This refund is %(status)s; there is nothing to decide any more.")


class SamePersonError(DomainError):
    text = _("Somebody else has to approve this: you asked for it, or wrote down the address that it goes to.")
    status = 403


class TakenByBankError(DomainError):
    text = _("The customer's bank took this money back meanwhile, so it would be given twice. Reject the refund.")


class NothingToRefundError(DomainError):
    text = _("There is no money of this booking to give back.")
    status = 422


class RefundTooLargeError(DomainError):
    text = _("Only %(left)s of this booking's money is left to give back.")
    status = 422


class KeptTooMuchError(DomainError):
    text = _("These tickets cost %(worth)s; that is the most that can be kept.")
    status = 422


class CreditUnknownError(DomainError):
    text = _("There is no voucher with this code. Please compare it with the one we sent you.")
    status = 422


class CreditExpiredError(DomainError):
    text = _("This voucher was good until %(date)s.")
    status = 422


class CreditSpentError(DomainError):
    text = _("Nothing is left on this voucher.")
    status = 422


class CreditVoidError(DomainError):
    text = _("This voucher is void and cannot be spent. If you think that this is wrong, please write to us.")
    status = 422


class CreditHeldError(DomainError):
    text = _(
        "The bank asks for the money back that this voucher was given for, so it cannot be spent just now. "
        "It waits for the bank's decision."
    )
    status = 422


class NothingToVoidError(DomainError):
    text = _("This voucher is void already.")


class CreditCurrencyError(DomainError):
    text = _("This voucher is in %(currency)s and cannot pay for this booking.")
    status = 422


class CreditChangedError(DomainError):
    text = _("What your voucher can pay has changed meanwhile. Please look at the new sum, then pay again.")


class NoTicketChosenError(DomainError):
    text = _("Choose at least one ticket.")
    status = 422


class CancellationRefusedError(DomainError):
    text = _("%(label)s: %(reason)s")


class TermsChangedError(DomainError):
    text = _("Meanwhile less would go back: %(back)s. Nothing is cancelled yet; please look at the new sum.")


class ChangeSumError(PlacesGoneError):
    text = _("What your old tickets pay for has changed meanwhile. Nothing is changed yet; please look at the new sum.")


class NothingToPayError(DomainError):
    text = _("There is nothing left to pay by now. Nothing was charged; please look at the new sum.")


class CreditAtAddressError(DomainError):
    text = _(
        "%(left)s of credit belongs to this booking, and whoever reads its mail can spend it. Somebody who decides on"
        " refunds has to change the address."
    )
    status = 403


class NothingToCallOffError(DomainError):
    text = _("“%(title)s” is not on show, so there is nothing to cancel.")


class UnknownGatewayError(DomainError):
    text = _("There is no such payment provider here.")
    status = 404


class NothingToSaveWithError(DomainError):
    text = _("Saving a card is not possible just now. Please try again later.")
    status = 503


class SavedMethodLockedError(DomainError):
    """No key of SAVED_METHOD_KEYS opens the token: one was dropped before rotate_saved_method_keys ran."""

    text = _("This saved card cannot be used any more. Please delete it and add it again.")


class DiscrepancySettledError(DomainError):
    text = _("This is settled already: %(status)s.")


class CannotRepairError(DomainError):
    text = _("It cannot be repaired like this: %(reason)s")
