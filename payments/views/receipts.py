"""The papers of a booking, behind its private link."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings.selectors import get_booking
from payments.models import Receipt
from payments.receipts.pdf import render_receipt_pdf
from payments.receipts.selectors import get_receipt, is_receipt_coming, list_receipts
from ticketing.requests import HttpRequest


@never_cache
@require_safe
def receipts(request: HttpRequest, access_key: str) -> HttpResponse:
    """The list on the booking's page again, for a page that waits for it; anyone else is led to that page."""
    booking = get_booking(access_key)
    if not request.htmx:
        return redirect(f"{booking.get_absolute_url()}#receipts")
    found = list_receipts(booking)
    is_coming = is_receipt_coming(booking, found, timezone.now())
    return render(request, "payments/_receipts.html", {"booking": booking, "receipts": found, "is_coming": is_coming})


@never_cache
@require_safe
def receipt(request: HttpRequest, access_key: str, name: str) -> HttpResponse:
    return answer_with_pdf(get_receipt(access_key, name))


def answer_with_pdf(receipt: Receipt) -> HttpResponse:
    response = HttpResponse(render_receipt_pdf(receipt), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="receipt-{receipt}.pdf"'
    return response
