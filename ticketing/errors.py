"""The one kind of refusal that every app shares."""

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class DomainError(Exception):
    """A refusal we expect and can explain to the person who asked."""

    text: ClassVar["_StrPromise | str"] = _("That is not possible right now.")
    status: ClassVar[int] = 409

    def __init__(self, **facts: object) -> None:
        super().__init__(facts)
        self.facts = facts

    def __str__(self) -> str:
        return str(self.text) % self.facts

    @property
    def code(self) -> str:
        """A stable name for programs: SeatsTakenError -> seats_taken."""
        name = type(self).__name__.removesuffix("Error")
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
