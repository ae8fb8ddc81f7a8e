"""Which ways to pay a customer is offered, and which gateway each of them goes to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings

from payments.errors import GatewayMisconfiguredError
from payments.gateways.registry import get_gateway
from payments.methods import Method
from payments.models import GatewayStatus, MethodRule


@dataclass(frozen=True, slots=True)
class Offer:
    method: Method
    gateway: str


def list_offers(*, currency: str, event_ids: Collection[int]) -> list[Offer]:
    """One offer for each way to pay that works for all of the events, in the order of `Method`.

    Gateways that are switched off, misconfigured or down are left out.
    """
    statuses = {status.name: status for status in GatewayStatus.objects.prefetch_related("rules")}
    names = sorted(settings.PAYMENT_GATEWAYS, key=lambda name: statuses[name].rank if name in statuses else 0)
    offers: dict[Method, Offer] = {}
    for name in names:
        status = statuses.get(name)
        if status is not None and (not status.is_enabled or status.problem):
            continue
        rules = status.rules.all() if status else []
        for method in methods_of(name, currency):
            if all(is_offered(rules, method, currency, event_id) for event_id in event_ids):
                offers.setdefault(method, Offer(method=method, gateway=name))
    return [offers[method] for method in Method if method in offers]


def methods_of(name: str, currency: str) -> Iterable[Method]:
    try:
        return get_gateway(name).methods_for(currency)
    except GatewayMisconfiguredError:
        return []


def is_offered(rules: Iterable[MethodRule], method: Method, currency: str, event_id: int) -> bool:
    """What the weightiest rule that fits says; without one, yes."""
    fitting = [
        rule
        for rule in rules
        if rule.method == method and rule.currency in {"", currency} and rule.event_id in {None, event_id}
    ]
    return max(fitting, key=lambda rule: (rule.weight, rule.pk)).is_offered if fitting else True
