"""A request of someone who is signed in, for type checkers."""

from typing import TYPE_CHECKING

from ticketing.requests import HttpRequest

if TYPE_CHECKING:
    from accounts.models import User

    class SignedInRequest(HttpRequest):
        user: User

else:
    SignedInRequest = HttpRequest

__all__ = ["SignedInRequest"]
