"""The list of what providers and we do not agree on: one row for one thing, however often it is found."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from payments.models import Discrepancy
from payments.services.findings import Finding

Kind, Status = Discrepancy.Kind, Discrepancy.Status
# What a repair of these left behind differs for good: money was given back, or written off.
SETTLED_FOR_GOOD = [Kind.UNKNOWN_PAYMENT, Kind.PAYMENT_AMOUNT, Kind.MISSING_PAYMENT, Kind.CHARGEBACK]


def note_discrepancy(finding: Finding, *, now: datetime) -> bool:
    """Inner step: keep it as open, unless somebody settled it for good; True when it is news."""
    facts: dict[str, Any] = {
        "payment": finding.payment,
        "refund": finding.refund,
        "ours": finding.ours,
        "theirs": finding.theirs,
        "currency": finding.currency,
    }
    row, is_new = Discrepancy.objects.get_or_create(
        gateway=finding.gateway,
        kind=finding.kind,
        provider_id=finding.provider_id,
        defaults={**facts, "found_at": now},
    )
    if row.theirs != finding.theirs or row.status != Status.OPEN:
        # Somebody agreed to another sum than this.
        facts["asked_by"] = None
    if is_new or row.status == Status.OPEN:
        Discrepancy.objects.filter(pk=row.pk).update(**facts)
        return is_new
    came_back = Q(status=Status.GONE) | Q(status=Status.REPAIRED) & ~Q(kind__in=SETTLED_FOR_GOOD)
    reopened = Discrepancy.objects.filter(came_back, pk=row.pk).update(
        **facts, status=Status.OPEN, found_at=now, resolved_at=None, resolved_by=None, note=""
    )
    return bool(reopened)


def close_gone(gateway: str, kind: str, provider_id: str, *, now: datetime) -> None:
    """Inner step: it agrees by now."""
    found = Discrepancy.objects.filter(gateway=gateway, kind=kind, provider_id=provider_id, status=Status.OPEN)
    found.update(status=Status.GONE, resolved_at=now)


def close(discrepancy: Discrepancy, status: str, *, note: str, actor: User | None, now: datetime) -> Discrepancy:
    """Inner step: settled by somebody; whoever was first is the one that it says.

    A repair that another look found to be done, before it could say so, is still a repair.
    """
    before = [Status.OPEN, Status.GONE] if status == Status.REPAIRED else [Status.OPEN]
    found = Discrepancy.objects.filter(pk=discrepancy.pk, status__in=before)
    found.update(status=status, note=note[:300], resolved_by=actor, resolved_at=now)
    discrepancy.refresh_from_db()
    return discrepancy
