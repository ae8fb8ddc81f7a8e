from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.http import Http404

from bookings.models import Ticket
from events.models import EventSession
from scanner.models import Scan

# Long enough for a night that runs late, short enough for the list to stay on one screen.
RECENT = timedelta(hours=12)
LIST_LENGTH = 60
ON_TICKET = (
    "event_session__event",
    "event_session__hall__venue",
    "place__section",
    "place__seat",
    "item__ticket_type",
    "booking",
)
# Of these rows the door needs little, and reading them whole costs more than the check itself.
NEEDED = (
    "code",
    "revision",
    "status",
    "checked_in_at",
    "event_session__status",
    "event_session__starts_at",
    "event_session__event__title",
    "event_session__hall__venue__time_zone",
    "place__section__name",
    "place__seat__row",
    "place__seat__number",
    "item__ticket_type__name",
    "booking__name",
)


@dataclass(frozen=True, slots=True)
class Attendance:
    """How full the house is: tickets used, and tickets valid."""

    admitted: int
    expected: int


def find_ticket(ticket_id: int) -> Ticket | None:
    """The ticket with all that a gate shows of it, in one query."""
    return Ticket.objects.select_related(*ON_TICKET).only(*NEEDED).filter(pk=ticket_id).first()


def find_ticket_by_code(code: str) -> Ticket | None:
    return Ticket.objects.select_related(*ON_TICKET).only(*NEEDED).filter(code=code).first()


def find_scan(nonce: str) -> Scan | None:
    shown = [f"ticket__{name}" for name in ON_TICKET]
    return Scan.objects.select_related("event_session", *shown).filter(nonce=nonce).first()


def get_gate_session(event_session_id: int) -> EventSession:
    """A session people may be let in to; 404 for drafts, which have no tickets."""
    event_session = (
        EventSession.objects.select_related("event", "hall__venue")
        .exclude(status=EventSession.Status.DRAFT)
        .filter(pk=event_session_id)
        .first()
    )
    if event_session is None:
        raise Http404
    return event_session


def list_gate_sessions(*, now: datetime, search: str = "") -> list[EventSession]:
    """Sessions that run or are to come, the next one first; optionally of one event, venue or city."""
    event_sessions = EventSession.objects.visible().filter(ends_at__gte=now - RECENT)
    if search:
        event_sessions = event_sessions.filter(
            Q(event__title__icontains=search)
            | Q(hall__name__icontains=search)
            | Q(hall__venue__name__icontains=search)
            | Q(hall__venue__city__icontains=search)
        )
    return list(event_sessions.select_related("event", "hall__venue").order_by("starts_at", "pk")[:LIST_LENGTH])


def count_attendance(event_session_id: int) -> Attendance:
    valid = Ticket.objects.filter(event_session=event_session_id, status=Ticket.Status.VALID)
    # Count() skips NULL, so the second figure is the people inside.
    counted = valid.aggregate(expected=Count("pk"), admitted=Count("checked_in_at"))
    return Attendance(admitted=counted["admitted"], expected=counted["expected"])
