"""What buyers and recipients of gift vouchers are told by email. Each function hears one topic, welcomes a repeat."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.mails import describe
from notifications.services import Attachment, send_rendered
from payments.gift_pdf import render_gift_pdf
from payments.mails import send
from payments.models import GiftVoucher


def send_bought(*, gift_id: int) -> None:
    """To the buyer: when it goes out, and the link to print it. Nothing for one that staff gave."""
    gift = get_gift(gift_id)
    booking = gift.booking
    if gift.is_given or not booking.email:
        return
    subject = _("Your gift voucher for %(name)s") % {"name": one_line(gift.recipient_name)}
    send(booking, "gift_bought", key=f"gift_bought:{gift.pk}", context=describe(booking, [], subject) | {"gift": gift})


def send_gift(*, gift_id: int) -> None:
    """To the recipient: the code and a page to print. Nothing once it was made void."""
    gift = get_gift(gift_id)
    voucher = gift.voucher
    if voucher is None or voucher.voided_at is not None or not gift.recipient_email:
        return
    giver = settings.SITE_NAME if gift.is_given else one_line(gift.booking.name)
    subject = _("%(giver)s has a gift for you") % {"giver": giver or settings.SITE_NAME}
    context: dict[str, Any] = {
        "gift": gift,
        "voucher": voucher,
        "giver": giver,
        "balance_link": settings.SITE_URL + reverse("payments:balance"),
    }
    send_rendered(
        template="payments/mail/gift",
        context=context,
        dedupe_key=f"gift:{gift.pk}",
        kind="payments.gift",
        recipient=gift.recipient_email,
        subject=subject,
        attachments=[Attachment("gift-voucher.pdf", render_gift_pdf(gift), "application/pdf")],
    )


def get_gift(gift_id: int) -> GiftVoucher:
    return GiftVoucher.objects.select_related("booking", "voucher").get(pk=gift_id)


def one_line(text: str) -> str:
    """A line break would be refused in a header."""
    return " ".join(text.split())
