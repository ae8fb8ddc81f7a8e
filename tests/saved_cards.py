"""Cards that a customer keeps and pays with."""

from typing import Any

from payments.models import SavedMethod
from tests.customer import Customer
from tests.stripe_stand_in import VISA

PAGE = "/account/payment-methods/"


def add_card(alice: Customer, stripe: Any, card: str = VISA) -> SavedMethod:
    """Typed into the provider's page; the customer comes back from there."""
    page = alice.client.post(f"{PAGE}add/").url
    stripe.save_card(page.partition("/pay/")[2].partition("#")[0], card)
    alice.client.get(f"{PAGE}saved/", follow=True)
    return SavedMethod.objects.latest("pk")


def pay_with(alice: Customer, method: SavedMethod) -> Any:
    return alice.pay_button(method=f"saved-{method.pk}")


def see(alice: Customer, address: str) -> str:
    return alice.client.get(address).content.decode()
