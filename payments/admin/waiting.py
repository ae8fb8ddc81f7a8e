"""What waits for the person who looks at the overview: each kind with its number and the way to its list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import Rescheduling
from payments.models import CallOff, Discrepancy, Dispute, GiftVoucher, Refund
from ticketing.admin.bases import admin_url
from ticketing.batches import BatchRow


@dataclass(frozen=True, slots=True)
class Waiting:
    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Kind:
    """`right` deals with these rows; `shown_by` is what their list is filtered by."""

    right: str
    label: str
    rows: QuerySet[Any]
    shown_by: str = ""

    def count(self) -> Waiting:
        query = f"?{self.shown_by}" if self.shown_by else ""
        return Waiting(self.label, self.rows.count(), admin_url(self.rows.model, "changelist") + query)


def list_waiting(user: User) -> list[Waiting] | None:
    """Only kinds of which there are some; None for somebody who has none of them to deal with."""
    mine = [kind for kind in list_kinds(user) if user.has_perm(kind.right)]
    return [waiting for waiting in (kind.count() for kind in mine) if waiting.count] if mine else None


def list_kinds(user: User) -> Iterator[Kind]:
    # Who asked for something is never the one who decides on it.
    undecided = Refund.objects.filter(status=Refund.Status.AWAITING_APPROVAL).exclude(requested_by=user)
    yield Kind(
        "payments.change_refund", _("Refunds to approve or reject"), undecided, "status__exact=awaiting_approval"
    )
    failed = Refund.objects.filter(status=Refund.Status.FAILED)
    yield Kind("payments.change_refund", _("Refunds that failed"), failed, "status__exact=failed")
    gifts = GiftVoucher.objects.undecided().exclude(given_by=user)
    yield Kind("payments.change_giftvoucher", _("Gift vouchers to approve or reject"), gifts, "undecided=yes")
    unsettled = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).exclude(asked_by=user)
    yield Kind("payments.change_discrepancy", _("Differences from the provider"), unsettled, "status__exact=open")
    disputed = Dispute.objects.filter(status=Dispute.Status.OPEN)
    yield Kind("payments.change_discrepancy", _("Chargebacks to answer"), disputed, "status__exact=open")
    is_stuck = {"bookings__status": BatchRow.Status.FAILED}
    called_off = CallOff.objects.filter(**is_stuck).distinct()
    yield Kind("payments.add_calloff", _("Cancelled dates with bookings that failed"), called_off)
    moved = Rescheduling.objects.filter(**is_stuck).distinct()
    yield Kind("bookings.add_rescheduling", _("Moved dates with bookings that failed"), moved)
