"""What holders of credit are told by email when a bank takes back the payment behind it, or leaves it after all."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from djmoney.money import Money

from bookings.mails import name_booking
from bookings.models import Booking
from notifications.services import send_rendered
from payments.gift_mails import one_line
from payments.models import GiftVoucher, Voucher
from payments.services.ledger import home_of


def send_credit_followed_bank(*, voucher_id: int, posting: str, amount: str) -> None:
    """To whoever paid, and to who was given it as a gift: so much is void, or where it is below zero, good again.

    Hears one outbox topic and welcomes a repeat. Nothing for people without an address.
    """
    voucher = Voucher.objects.select_related("gift", "refund__payment__booking").get(pk=voucher_id)
    booking, gift = home_of(voucher)[0], getattr(voucher, "gift", None)
    change = Money(Decimal(amount), voucher.amount.currency)
    if booking.email:
        words = say_to_payer(voucher, change, gift)
        link = (booking.get_absolute_url(), _("Open your gift voucher") if gift else _("Open your booking"))
        send(booking, voucher, change, key=f"{posting}:payer", to=(booking.email, booking.name), words=words, link=link)
    if gift and gift.sent_at and gift.recipient_email:
        words = say_to_recipient(gift, change)
        to = (gift.recipient_email, gift.recipient_name)
        link = (reverse("payments:balance"), _("See what is left on it"))
        send(booking, voucher, change, key=f"{posting}:recipient", to=to, words=words, link=link)


def say_to_payer(voucher: Voucher, change: Money, gift: GiftVoucher | None) -> list[str]:
    facts = {"voucher": voucher, "amount": abs(change), "name": one_line(gift.recipient_name) if gift else ""}
    if change.amount < 0:
        return [_("Your bank leaves us the payment behind voucher %(voucher)s after all.") % facts]
    if gift:
        taken = _("Your bank took back what you paid for the gift voucher for %(name)s (%(voucher)s).") % facts
    else:
        taken = _("Your bank took back the payment that your credit (%(voucher)s) was given for.") % facts
    return [
        taken,
        _("So %(amount)s of it is void.") % facts,
        _("If you did not want that, talk to your bank: once it leaves us the payment, the voucher is good again."),
    ]


def say_to_recipient(gift: GiftVoucher, change: Money) -> list[str]:
    if change.amount < 0:
        return [_("What was paid for the voucher that you were given stays with us after all.")]
    return [
        _("The bank took back what was paid for the voucher that you were given.")
        + " "
        + _("So %(amount)s of it is void.") % {"amount": change},
        _("You have done nothing wrong. Ask whoever gave it to you: they can settle it with their bank."),
    ]


def send(
    booking: Booking,
    voucher: Voucher,
    change: Money,
    *,
    key: str,
    to: tuple[str, str],
    words: list[str],
    link: tuple[str, str],
) -> None:
    subject = (
        _("%(amount)s of your voucher is void") if change.amount > 0 else _("%(amount)s of your voucher is good again")
    )
    context: dict[str, Any] = {
        "voucher": voucher,
        "name": to[1],
        "words": words,
        "link": settings.SITE_URL + link[0],
        "button": link[1],
    }
    send_rendered(
        template="payments/mail/credit_followed_bank",
        context=context,
        dedupe_key=key,
        kind="payments.credit_followed_bank",
        about=name_booking(booking),
        recipient=to[0],
        subject=subject % {"amount": abs(change)},
    )
