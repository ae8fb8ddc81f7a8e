"""The mail with the code that a guest types in to show that an address is theirs."""

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.models import EmailCode
from bookings.selectors import Summary, list_items
from notifications.services import send_rendered


def send_code(*, code_id: int, number: int) -> None:
    """Hears one outbox topic and welcomes a repeat. Nothing where a newer code, or none, is waited for.

    The digits stand in the mail alone, neither in its subject, which we keep, nor in the outbox.
    """
    code = EmailCode.objects.select_related("booking").filter(pk=code_id, sent=number).first()
    now = timezone.now()
    if code is None or code.is_spent(now) or not code.booking.is_live(now):
        return
    items = list_items(code.booking)
    send_rendered(
        template="bookings/mail/email_code",
        context={
            "booking": code.booking,
            "summary": Summary(booking=code.booking, items=items),
            "code": code,
            "minutes": int(EmailCode.LIFE.total_seconds() // 60),
        },
        dedupe_key=f"email_code:{code.pk}:{number}",
        kind="bookings.email_code",
        recipient=code.email,
        subject=_("Your code to confirm your address"),
    )
