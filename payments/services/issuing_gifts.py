"""What a confirmed booking of a gift voucher becomes; apart from the rest, because every way of paying ends here."""

from datetime import datetime

from bookings.models import Booking
from payments.models import GiftVoucher, Voucher
from payments.services.credit import good_until
from ticketing.outbox.services import publish


def issue_gift(booking: Booking, now: datetime) -> Voucher:
    """Inner step: the voucher, in the transaction that confirms its booking; the caller holds the booking's lock."""
    gift = GiftVoucher.objects.get(booking=booking)
    voucher = Voucher(
        kind=Voucher.Kind.GIFT,
        amount=gift.amount,
        balance=gift.amount.amount,
        created_at=now,
        expires_at=good_until(now),
    )
    voucher.save()
    gift.voucher = voucher
    gift.save(update_fields=["voucher"])
    publish("payments.gift_sold", gift_id=gift.pk)
    send_if_due(gift, now)
    return voucher


def send_if_due(gift: GiftVoucher, now: datetime) -> None:
    """Inner step: on the day, to the recipient; who named no address hands it over in person."""
    if gift.is_due(now) and gift.recipient_email:
        gift.sent_at = now
        gift.save(update_fields=["sent_at"])
        publish("payments.gift_due", gift_id=gift.pk)
