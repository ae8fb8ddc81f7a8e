"""Requests with what our middleware adds to them, for type checkers."""

from typing import TYPE_CHECKING

from django.http import HttpRequest as DjangoRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    class HttpRequest(DjangoRequest):
        htmx: HtmxDetails

else:
    HttpRequest = DjangoRequest

__all__ = ["HttpRequest"]
