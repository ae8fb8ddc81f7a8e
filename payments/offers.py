"""Which ways to pay a customer is offered, and which gateway each of them goes to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from accounts.models import User
from payments import vault
from payments.errors import GatewayMisconfiguredError
from payments.gateways.base import SavingGateway
from payments.gateways.registry import get_gateway
from payments.methods import Method
from payments.models import GatewayStatus, MethodRule, SavedMethod


@dataclass(frozen=True, slots=True)
class Offer:
    method: Method
    gateway: str
    saved: SavedMethod | None = None
    keeps_card: bool = False

    @property
    def value(self) -> str:
        """What a form sends for it."""
        return f"saved-{self.saved.pk}" if self.saved else str(self.method)

    @property
    def label(self) -> str:
        return str(self.saved) if self.saved else str(self.method.label)


def list_offers(*, currency: str, event_ids: Collection[int]) -> list[Offer]:
    """One offer for each way to pay that works for all of the events, in the order of `Method`.

    Gateways that are switched off, misconfigured or down are left out.
    """
    offers: dict[Method, Offer] = {}
    for offer in list_takers(currency=currency, event_ids=event_ids):
        offers.setdefault(offer.method, offer)
    return [offers[method] for method in Method if method in offers]


def list_saved_offers(*, user: User, currency: str, event_ids: Collection[int], today: date) -> list[Offer]:
    """The customer's own saved cards that work for all of the events; the one they proposed comes first."""
    if not vault.is_open():
        return []
    takers = list_takers(currency=currency, event_ids=event_ids)
    gateways = {offer.gateway for offer in takers if offer.method == Method.CARD}
    saved = [method for method in user.saved_methods.filter(gateway__in=gateways) if not method.is_expired(today)]
    return [Offer(method=Method.CARD, gateway=method.gateway, saved=method) for method in saved]


def list_saving_gateways() -> list[str]:
    """The gateways that can keep a card now, in their order."""
    if not vault.is_open():
        return []
    names = [status.name for status in list_usable_gateways()]
    return [name for name in names if can_save(name)]


def can_save(name: str) -> bool:
    try:
        return isinstance(get_gateway(name), SavingGateway)
    except GatewayMisconfiguredError:
        return False


def list_keepers(offers: Iterable[Offer]) -> set[str]:
    """The gateways that can keep a card typed into their page for one of these payments."""
    if not vault.is_open():
        return set()
    names = {offer.gateway for offer in offers if offer.method == Method.CARD and not offer.saved}
    return {name for name in names if can_save(name)}


def list_takers(*, currency: str, event_ids: Collection[int]) -> list[Offer]:
    """Every gateway with every way to pay that works for all of the events, in the gateways' order."""
    offers = []
    for status in list_usable_gateways():
        rules = status.rules.all() if status.pk else []
        for method in methods_of(status.name, currency):
            if all(is_offered(rules, method, currency, event_id) for event_id in event_ids):
                offers.append(Offer(method=method, gateway=status.name))
    return offers


def list_usable_gateways() -> list[GatewayStatus]:
    """Those of the settings that are neither switched off nor down; ones nobody touched yet are not stored."""
    known = {status.name: status for status in GatewayStatus.objects.prefetch_related("rules")}
    statuses = [known.get(name) or GatewayStatus(name=name) for name in settings.PAYMENT_GATEWAYS]
    usable = [status for status in statuses if status.is_enabled and not status.problem]
    return sorted(usable, key=lambda status: status.rank)


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
