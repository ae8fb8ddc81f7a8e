"""Whose payment or refund a provider is talking about."""

from collections.abc import Collection
from uuid import UUID

from payments.errors import GatewayRefusedError
from payments.gateways.base import PaymentState, RefundState
from payments.gateways.registry import get_gateway
from payments.models import Payment, Refund


def find_payment(gateway: str, state: PaymentState) -> Payment | None:
    """By the provider's id, else by our own: a process that died before it kept the first knows the second."""
    payments = Payment.objects.filter(gateway=gateway)
    payment = payments.filter(provider_id=state.provider_id).first()
    if payment is None and (public_id := read_reference(state.reference)):
        payment = payments.filter(public_id=public_id, provider_id=None).first()
    return payment


def match_payments(gateway: str, states: Collection[PaymentState]) -> dict[str, Payment]:
    """The payment of each provider's id, where there is one, in two queries.

    The reference counts whatever id we know: a page may have another one than the money that came on it.
    """
    payments = Payment.objects.filter(gateway=gateway).select_related("booking")
    references = {state.provider_id: read_reference(state.reference) for state in states}
    by_id = {payment.provider_id: payment for payment in payments.filter(provider_id__in=list(references))}
    wanted = [public_id for public_id in references.values() if public_id]
    by_reference = {payment.public_id: payment for payment in payments.filter(public_id__in=wanted)}
    found = {
        provider_id: by_id.get(provider_id) or by_reference.get(public_id) if public_id else by_id.get(provider_id)
        for provider_id, public_id in references.items()
    }
    return {provider_id: payment for provider_id, payment in found.items() if payment}


def find_payment_behind(gateway: str, provider_id: str) -> Payment | None:
    """Refunds and disputes name the provider's own charge; whose it is, the charge knows.

    Raises GatewayUnavailableError.
    """
    if not provider_id:
        return None
    known = Payment.objects.filter(gateway=gateway, provider_id=provider_id).select_related("booking").first()
    if known:
        return known
    try:
        state = get_gateway(gateway).get_payment(provider_id)
    except GatewayRefusedError:
        return None
    return match_payments(gateway, [state]).get(state.provider_id)


def find_refund(gateway: str, state: RefundState) -> Refund | None:
    """By our key, else by the provider's id: one made at its desk, which we took over, has no key of ours."""
    refunds = Refund.objects.through(gateway).select_related("payment__booking")
    # A later try has its number behind our id.
    public_id = read_reference(state.reference.partition("/")[0])
    found = refunds.filter(public_id=public_id).first() if public_id else None
    return found or refunds.filter(provider_id=state.provider_id).exclude(provider_id="").first()


def read_reference(text: str) -> UUID | None:
    """Our id; None for what someone else wrote there, such as a refund made at the provider's own desk."""
    try:
        return UUID(text)
    except ValueError:
        return None
