"""Ways to pay that customers keep: saved on the provider's page, named, proposed first, deleted."""

import logging
import uuid
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from payments import vault
from payments.errors import (
    GatewayMisconfiguredError,
    GatewayRefusedError,
    NothingToSaveWithError,
    SavedMethodLockedError,
    UnknownGatewayError,
)
from payments.gateways.base import PaymentPage, SavedToken, SavingNews
from payments.gateways.registry import get_saving_gateway
from payments.models import Payment, SavedMethod
from payments.offers import list_saving_gateways

logger = logging.getLogger(__name__)
SIGNER = Signer(salt="payments.saving")


def start_saving(*, user: User) -> tuple[str, PaymentPage]:
    """Open a provider's page for a new card; the gateway's name and the page.

    Raises NothingToSaveWithError, GatewayUnavailableError, GatewayRefusedError.
    """
    names = list_saving_gateways()
    if not names:
        raise NothingToSaveWithError
    page = get_saving_gateway(names[0]).start_saving(
        # The webhook tells whose page it was by this alone, so nobody else may write one.
        reference=SIGNER.sign(f"{user.pk}/{uuid.uuid4().hex}"),
        email=user.email,
        return_url=settings.SITE_URL + reverse("payments:method_saved"),
        cancel_url=settings.SITE_URL + reverse("payments:saved_methods"),
    )
    return names[0], page


def finish_saving(*, user: User, gateway: str, page_id: str, now: datetime) -> SavedMethod | None:
    """Keep what was typed into that page, once; None while nothing was. Raises as the gateway does."""
    saved = get_saving_gateway(gateway).finish_saving(page_id)
    return _keep(user, gateway, page_id, saved, now) if saved else None


def keep_page_of(gateway: str, news: SavingNews, now: datetime) -> None:
    """Keep what the provider tells of, also for a customer who never came back. Raises GatewayUnavailableError.

    A page that is not of ours, or of somebody who is gone, is passed over.
    """
    try:
        owner_id = int(SIGNER.unsign(news.reference).partition("/")[0])
    except BadSignature:
        logger.info("saved page of somebody else", extra={"gateway": gateway})
        return
    if user := User.objects.filter(pk=owner_id).first():
        _keep_if_known(user, gateway, news.provider_id, now)


def keep_typed_card(payment_id: int) -> None:
    """Outbox handler: keep the card that a customer typed to pay, and asked us to. Raises GatewayUnavailableError."""
    payment = Payment.objects.select_related("booking__buyer").get(pk=payment_id)
    if payment.booking.buyer and payment.provider_id:
        _keep_if_known(payment.booking.buyer, payment.gateway, payment.provider_id, timezone.now())


def _keep_if_known(user: User, gateway: str, page_id: str, now: datetime) -> None:
    if not vault.is_open():
        return
    try:
        finish_saving(user=user, gateway=gateway, page_id=page_id, now=now)
    except (GatewayRefusedError, UnknownGatewayError):
        # Deleted before the news came.
        logger.info("saved card unknown to the provider", extra={"gateway": gateway})


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
