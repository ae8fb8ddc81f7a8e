"""What happened and what comes next, on the back office's first page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from djmoney.money import Money

from accounts.models import User
from bookings.models import Booking
from bookings.selectors import count_blocked
from events.admin.local_time import show_local
from events.models import Event, EventSession
from payments.admin.waiting import list_waiting
from payments.models import Payment, Refund
from ticketing.admin.bases import admin_url

TODAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """How full one coming session is; `percent` is a whole number for a meter."""

    title: str
    starts: str
    venue: str
    taken: int
    total: int
    url: str

    @property
    def percent(self) -> int:
        return round(100 * self.taken / self.total) if self.total else 0


def show_dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback; each part only for those who may see its rows."""
    now = timezone.now()
    user = request.user
    figures: list[Figure] = []
    if user.has_perm("events.view_eventsession"):
        figures += count_places(now)
        context["fills"] = list_coming(now)
    if user.has_perm("bookings.view_booking"):
        figures += count_bookings(now)
    if user.has_perm("payments.view_payment") and user.has_perm("payments.view_refund"):
        figures += sum_revenue(now)
    context["figures"] = figures
    context["waiting"] = list_waiting(cast("User", user))
    context["title"] = _("Overview")
    return context


def coming_sessions(now: datetime) -> Any:
    return EventSession.objects.filter(
        status=EventSession.Status.PUBLISHED, event__status=Event.Status.PUBLISHED, ends_at__gte=now
    )


def count_places(now: datetime) -> list[Figure]:
    sums = coming_sessions(now).aggregate(
        sessions=Count("pk"), total=Sum("total_places"), taken=Sum(F("total_places") - F("free_places"))
    )
    # What is blocked is neither on sale nor taken.
    blocked = sum(count_blocked(coming_sessions(now)).values())
    total, taken = (sums["total"] or 0) - blocked, (sums["taken"] or 0) - blocked
    share = f"{taken / total:.0%}" if total else "–"
    return [
        Figure(_("Places on sale"), f"{total:,}", _("in %d coming sessions") % sums["sessions"]),
        Figure(_("Places taken"), f"{taken:,}", _("%s of them, baskets included") % share),
    ]


def list_coming(now: datetime) -> list[Fill]:
    sessions = list(coming_sessions(now).select_related("event", "hall__venue").order_by("starts_at")[:8])
    blocked = count_blocked([session.pk for session in sessions])
    return [
        Fill(
            title=session.event.title,
            starts=show_local(session.starts_at, session.hall.venue),
            venue=str(session.hall),
            taken=session.total_places - session.free_places - blocked.get(session.pk, 0),
            total=session.total_places - blocked.get(session.pk, 0),
            url=admin_url(session, "change", session.pk),
        )
        for session in sessions
    ]


def count_bookings(now: datetime) -> list[Figure]:
    counts = Booking.objects.filter(status=Booking.Status.CONFIRMED, confirmed_at__gte=now - WEEK).aggregate(
        day=Count("pk", filter=Q(confirmed_at__gte=now - TODAY)), week=Count("pk")
    )
    return [Figure(_("Bookings in 24 hours"), f"{counts['day']:,}", _("%s in 7 days") % f"{counts['week']:,}")]


def sum_revenue(now: datetime) -> list[Figure]:
    """One figure per currency: paid less given back, by the day the money moved."""
    taken = Payment.objects.filter(paid_at__gte=now - WEEK)
    returned = Refund.objects.filter(status=Refund.Status.SUCCEEDED, settled_at__gte=now - WEEK)
    week: dict[str, Any] = {}
    day: dict[str, Any] = {}
    for rows, moved_at, sign in ((taken, "paid_at", 1), (returned, "settled_at", -1)):
        sums = rows.values("amount_currency").annotate(
            week=Sum("amount"), day=Sum("amount", filter=Q(**{f"{moved_at}__gte": now - TODAY}))
        )
        for row in sums.order_by("amount_currency"):
            currency = row["amount_currency"]
            week[currency] = week.get(currency, 0) + sign * row["week"]
            day[currency] = day.get(currency, 0) + sign * (row["day"] or 0)
    return [
        Figure(
            _("Revenue in 24 hours, %s") % currency,
            str(Money(day[currency], currency)),
            _("%s in 7 days") % Money(total, currency),
        )
        for currency, total in week.items()
    ]
