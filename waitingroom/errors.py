"""The refusals of the waiting room."""

from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class PassNeededError(DomainError):
    """`queue_id` says which waiting room leads there."""

    text = _(
        "So many people want these places that everybody waits for their turn. Please take your place in the queue."
    )
    status = 403


class PassElsewhereError(PassNeededError):
    text = _("You are choosing seats in another window or on another device. Please finish there first.")


class QueueAwayError(DomainError):
    text = _("One moment, please: the queue is not answering. You keep your place and your seats.")
    status = 503


class BypassCodeError(DomainError):
    text = _("This code does not let you in: it is not known here, or it was used up.")
    status = 422
