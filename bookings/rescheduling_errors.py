"""The refusals around moved dates."""

from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class NothingMovedError(DomainError):
    text = _("This is the date and the plan that the session has already.")
    status = 422


class DateOverError(DomainError):
    text = _("The new date lies in the past.")
    status = 422


class ClosesBeforeItOpensError(DomainError):
    text = _("Booking would close before it opens. Let it open earlier, on the session's page, or choose a later date.")
    status = 422


class DeadlinePassedError(DomainError):
    text = _("The time to answer was over on %(deadline)s, so your tickets stay valid for the new date.")


class NothingToReturnError(DomainError):
    text = _("None of these tickets can be given back: they were used, passed on or cancelled.")
