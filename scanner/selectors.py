from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Count, Model, Q
from django.http import Http404

from bookings.models import Booking, BookingItem, Place, Ticket, Transfer
from events.models import Event, EventSession, TicketType
from scanner.models import Scan
from venues.models import Hall, Seat, Section, Venue

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
# Of these rows the door needs little. Reading them whole, or composing the query anew for every
# ticket, takes longer than the check itself. The names stand in the order of the model's fields.
NEEDED: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "": (Ticket, ("id", "code", "revision", "status", "checked_in_at", "attendee")),
    "event_session": (EventSession, ("id", "starts_at", "status")),
    "event_session__event": (Event, ("id", "title", "status")),
    "event_session__hall": (Hall, ("id",)),
    "event_session__hall__venue": (Venue, ("id", "time_zone")),
    "place": (Place, ("id",)),
    "place__section": (Section, ("id", "name")),
    "place__seat": (Seat, ("id", "row", "number")),
    "item": (BookingItem, ("id",)),
    "item__ticket_type": (TicketType, ("id", "name")),
    "booking": (Booking, ("id", "name")),
}
COLUMNS = [f"{path}__{name}" if path else name for path, (_model, names) in NEEDED.items() for name in names]


@cache
def door_sql(column: str) -> str:
    """SELECT of the columns above for the ticket with one value in this column."""
    sql, _params = Ticket.objects.order_by().values_list(*COLUMNS).filter(**{column: 0}).query.sql_with_params()
    return sql


@dataclass(frozen=True, slots=True)
class Attendance:
    """How full the house is: tickets used, and tickets valid."""

    admitted: int
    expected: int


def find_ticket(ticket_id: int) -> Ticket | None:
    """The ticket with all that a gate shows of it, in one query."""
    return read_door_row("pk", ticket_id)


def find_ticket_by_code(code: str) -> Ticket | None:
    return read_door_row("code", code)


def find_ticket_of_old_code(code: str) -> Ticket | None:
    """The ticket that was passed on and had this code before."""
    passed_on = Transfer.objects.filter(old_code=code, status=Transfer.Status.ACCEPTED)
    ticket_id = passed_on.values_list("ticket_id", flat=True).first()
    return find_ticket(ticket_id) if ticket_id else None


def read_door_row(column: str, value: int | str) -> Ticket | None:
    """The ticket with the rows around it; what was not read is fetched when asked for."""
    with connection.cursor() as cursor:
        cursor.execute(door_sql(column), [value])
        row = cursor.fetchone()
    if row is None:
        return None
    values = map(make_aware, row)
    read: dict[str, Any] = {}
    for path, (model, names) in NEEDED.items():
        fields = list(islice(values, len(names)))
        # A standing place has no seat, so that whole part of the row is empty.
        read[path] = model.from_db("default", names, fields) if fields[0] is not None else None
        if path:
            owner, _, name = path.rpartition("__")
            setattr(read[owner], name, read[path])
    ticket: Ticket = read[""]
    return ticket


def make_aware(value: Any) -> Any:
    """MySQL gives moments without their zone, which is always UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


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
