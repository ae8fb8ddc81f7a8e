"""The refusals of waiting lists."""

from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class ListedPlacesError(DomainError):
    """Of a direct hold; `event_session_id` says whose list it is."""

    text = _("%(categories)s: these places go to the waiting list first.")


class ListClosedError(DomainError):
    text = _("The waiting list of this session is closed.")


class PlacesLeftError(DomainError):
    text = _("There are enough places for you: you can book them now.")


class AlreadyListedError(DomainError):
    text = _("You are on the list already. We have mailed you the link again.")


class OfferGoneError(DomainError):
    text = _("This offer has ended, and the places went to the next on the list.")


class OfferFirstError(DomainError):
    text = _("The places that came from the waiting list are kept for you alone. Book them first, then choose others.")


class TooManyEntriesError(DomainError):
    text = _("Many people joined from your network in a short time. Please try again in about %(minutes)s minutes.")
    status = 429
