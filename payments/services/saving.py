"""Ways to pay that customers keep: saved on the provider's page, named, proposed first, deleted."""

import uuid
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from payments import vault
from payments.errors import (
    GatewayMisconfiguredError,
    GatewayRefusedError,
    NothingToSaveWithError,
    SavedMethodLockedError,
    UnknownGatewayError,
)
from payments.gateways.base import PaymentPage, SavedToken
from payments.gateways.registry import get_saving_gateway
from payments.models import SavedMethod
from payments.offers import list_saving_gateways


def start_saving(*, user: User) -> tuple[str, PaymentPage]:
    """Open a provider's page for a new card; the gateway's name and the page.

    Raises NothingToSaveWithError, GatewayUnavailableError, GatewayRefusedError.
    """
    names = list_saving_gateways()
    if not names:
        raise NothingToSaveWithError
    page = get_saving_gateway(names[0]).start_saving(
        reference=str(uuid.uuid4()),
        email=user.email,
        return_url=settings.SITE_URL + reverse("payments:method_saved"),
        cancel_url=settings.SITE_URL + reverse("payments:saved_methods"),
    )
    return names[0], page


def finish_saving(*, user: User, gateway: str, page_id: str, now: datetime) -> SavedMethod | None:
    """Keep what was typed into that page, once; None while nothing was. Raises as the gateway does."""
    saved = get_saving_gateway(gateway).finish_saving(page_id)
    return _keep(user, gateway, page_id, saved, now) if saved else None


@transaction.atomic(durable=True)
def _keep(user: User, gateway: str, page_id: str, saved: SavedToken, now: datetime) -> SavedMethod:
    method, _is_new = SavedMethod.objects.get_or_create(
        gateway=gateway,
        page_id=page_id,
        defaults={
            "user": user,
            "locked_token": vault.lock_up(saved.token),
            "brand": saved.brand[:20],
            "last_four": saved.last_four[-4:],
            "expiry_month": saved.expiry_month,
            "expiry_year": saved.expiry_year,
            "is_default": not user.saved_methods.exists(),
            "created_at": now,
        },
    )
    return method


@transaction.atomic(durable=True)
def prefer_saved_method(method: SavedMethod) -> None:
    """Propose it first, and no other one of its owner."""
    method.user.saved_methods.exclude(pk=method.pk).update(is_default=False)
    method.is_default = True
    method.save(update_fields=["is_default"])


def delete_saved_method(method: SavedMethod) -> None:
    """Have the provider drop it, then drop it here. Raises GatewayUnavailableError, and then it stays."""
    # The provider does not know it, or is not ours any more: nobody can charge it.
    with suppress(GatewayRefusedError, GatewayMisconfiguredError, UnknownGatewayError, SavedMethodLockedError):
        get_saving_gateway(method.gateway).forget(vault.take_out(method.locked_token))
    method.delete()
