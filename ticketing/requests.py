"""Requests with what our middleware adds to them, for type checkers; and where they come from."""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest as DjangoRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    class HttpRequest(DjangoRequest):
        htmx: HtmxDetails

else:
    HttpRequest = DjangoRequest

__all__ = ["HttpRequest", "read_network"]

# What one household or phone has of the newer addresses: it changes the rest as it likes.
PREFIX_OF_ONE = 64


def read_network(request: DjangoRequest) -> str:
    """The address a request came from, as our outermost proxy saw it; of IPv6 the network.

    What comes before that in X-Forwarded-For anybody can write there.
    """
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXIES
    seen = hops[-count].strip() if 0 < count <= len(hops) else ""
    try:
        address = ip_address(seen or request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, PREFIX_OF_ONE), strict=False))
