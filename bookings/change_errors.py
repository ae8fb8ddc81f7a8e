"""The refusals of changing tickets."""

from django.utils.translation import gettext_lazy as _

from bookings.errors import PlacesGoneError
from ticketing.errors import DomainError


class NoTicketToChangeError(DomainError):
    text = _("Choose at least one ticket.")
    status = 422


class ChangeRefusedError(DomainError):
    text = _("%(label)s: %(reason)s")


class SeveralEventsError(DomainError):
    text = _("These tickets are of several events. Please change those of one event at a time.")
    status = 422


class ChangeUnderWayError(DomainError):
    text = _("A change of this booking is under way in another window. Finish it or give it up there first.")


class OtherEventError(DomainError):
    text = _("You are changing tickets of “%(event)s”. Finish that or give it up before you book something else.")


class TooManyForChangeError(DomainError):
    text = _("You are changing %(wanted)s tickets and have chosen %(chosen)s places already.")
    status = 422


class ChangeIncompleteError(DomainError):
    text = _("You give up %(wanted)s tickets and have chosen %(chosen)s places. Choose as many as you give up.")
    status = 422


class TicketsGoneError(PlacesGoneError):
    text = _("The tickets that you wanted to change were used, cancelled or passed on meanwhile.")
