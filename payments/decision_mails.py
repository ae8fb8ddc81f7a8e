"""What waits for a second person is mailed once to everybody who may decide on it, but not to who asked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _
from djmoney.money import Money

from accounts.models import User
from accounts.selectors import list_staff_who_may
from notifications.services import send_rendered
from payments.models import Discrepancy, GiftVoucher, Refund


@dataclass(frozen=True, slots=True)
class Question:
    """One row that waits: `right` decides on it, `about` says what it belongs to, and `key` what is asked."""

    row: Model
    key: str
    right: str
    asked_by: User | None
    subject: str
    about: str


def send_decision_wanted(*, what: str, row_id: int) -> None:
    """Outbox handler; nothing for what was decided meanwhile."""
    question = READ[what](row_id)
    if question is None:
        return
    for person in list_staff_who_may(question.right):
        if person != question.asked_by:
            _tell(person, question)


def _tell(person: User, question: Question) -> None:
    meta = question.row._meta
    link = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[question.row.pk])
    context: dict[str, Any] = {"question": question, "person": person, "link": settings.SITE_URL + link}
    send_rendered(
        template="payments/mail/decision_wanted",
        context=context,
        dedupe_key=f"decision:{question.key}:{person.pk}",
        kind="payments.decision_wanted",
        recipient=person.email,
        subject=question.subject,
    )


def _read_refund(refund_id: int) -> Question | None:
    waiting = Refund.objects.filter(status=Refund.Status.AWAITING_APPROVAL)
    refund = waiting.select_related("payment__booking", "requested_by").filter(pk=refund_id).first()
    if refund is None:
        return None
    return Question(
        row=refund,
        key=f"refund:{refund.pk}",
        right="payments.change_refund",
        asked_by=refund.requested_by,
        subject=_("A refund of %(amount)s waits for a second person") % {"amount": refund.amount},
        about=_("Booking %(reference)s") % {"reference": refund.payment.booking.reference},
    )


def _read_gift(gift_id: int) -> Question | None:
    gift = GiftVoucher.objects.undecided().select_related("booking", "given_by").filter(pk=gift_id).first()
    if gift is None:
        return None
    return Question(
        row=gift,
        key=f"gift:{gift.pk}",
        right="payments.change_giftvoucher",
        asked_by=gift.given_by,
        subject=_("A gift voucher of %(amount)s waits for a second person") % {"amount": gift.amount},
        about=_("Booking %(reference)s") % {"reference": gift.booking.reference},
    )


def _read_discrepancy(row_id: int) -> Question | None:
    waiting = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN, asked_by__isnull=False)
    row = waiting.select_related("asked_by").filter(pk=row_id).first()
    if row is None:
        return None
    amount = Money(row.theirs or 0, row.currency)
    return Question(
        row=row,
        # Of another sum than was agreed to, the question is a new one.
        key=f"discrepancy:{row.pk}:{row.theirs}",
        right="payments.change_discrepancy",
        asked_by=row.asked_by,
        subject=_("Giving %(amount)s back waits for a second person") % {"amount": amount},
        about=row.get_kind_display(),
    )


READ: dict[str, Callable[[int], Question | None]] = {
    "refund": _read_refund,
    "gift": _read_gift,
    "discrepancy": _read_discrepancy,
}
