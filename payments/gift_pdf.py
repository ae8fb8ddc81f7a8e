from django.conf import settings

from payments.models import GiftVoucher
from ticketing.pdf import render_pdf


def render_gift_pdf(gift: GiftVoucher) -> bytes:
    """One page to hand over; needs booking and voucher loaded. Raises PdfError."""
    return render_pdf("payments/pdf/gift.html", {"gift": gift, "voucher": gift.voucher, "site_url": settings.SITE_URL})
