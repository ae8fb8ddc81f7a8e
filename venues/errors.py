from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class PlanFileError(DomainError):
    """`problems` holds one sentence for each fault, and each names its place in the file."""

    text = _("This seating plan cannot be used. %(problems)s")
    status = 422

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(problems=" ".join(self.problems))


class PlanInUseError(DomainError):
    text = _("“%(plan)s” is used by a session and cannot change. Make a new version instead.")


class PlanEditError(PlanFileError):
    """What was asked for is not possible; nothing changed."""

    text = _("These changes cannot be saved. %(problems)s")


class StalePlanError(DomainError):
    text = _("%(what)s Your changes are kept below: look at them once more, and save again.")
