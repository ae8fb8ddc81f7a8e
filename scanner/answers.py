"""What the gate is told about a scan, in words and for programs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bookings.models import Ticket
from scanner.models import Scan
from ticketing.dates import say_day, say_moment, say_time

Reason = Scan.Reason


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the person at the door checks by eye."""

    code: str
    section: str
    row: str
    seat: str
    ticket_type: str
    name: str
    event: str
    starts: str
    used_at: str

    @classmethod
    def of(cls, ticket: Ticket) -> "TicketFacts":
        seat = ticket.place.seat
        zone = ticket.event_session.hall.venue.zone
        return cls(
            code=ticket.spoken_code,
            section=ticket.place.section.name,
            row=seat.row if seat else "",
            seat=seat.number if seat else "",
            ticket_type=ticket.item.ticket_type.name,
            name=ticket.holder,
            event=ticket.event_session.event.title,
            starts=say_moment(ticket.event_session.starts_at, zone),
            used_at=ticket.checked_in_at.astimezone(zone).isoformat() if ticket.checked_in_at else "",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Big word, one sentence why, and the ticket; `reason` is a stable name for programs."""

    result: str
    text: str
    reason: str
    message: str
    ticket: TicketFacts | None = None

    @property
    def is_granted(self) -> bool:
        return self.result == Scan.Result.GRANTED

    def as_data(self) -> dict[str, Any]:
        ticket = self.ticket
        facts = {name: getattr(ticket, name) for name in TicketFacts.__slots__} if ticket else None
        return {
            "result": self.result,
            "text": self.text,
            "reason": self.reason,
            "message": self.message,
            "ticket": facts,
        }


def answer_for(scan: Scan) -> Answer:
    """Needs the scan as `check_in` returns it: ticket and session loaded."""
    is_granted = scan.result == Scan.Result.GRANTED
    return Answer(
        result=scan.result,
        text=_("ENTRY GRANTED") if is_granted else _("ENTRY REJECTED"),
        reason=scan.reason,
        message=say_why(scan),
        ticket=TicketFacts.of(scan.ticket) if scan.ticket else None,
    )


def say_why(scan: Scan) -> str:
    """One sentence that the person at the door can read out."""
    if scan.ticket is None:
        return _("The signature is wrong.") if scan.reason == Reason.FORGED else _("Not a ticket of ours.")
    sentences = {
        Reason.NONE: _("Welcome."),
        Reason.VOID: _("This ticket was cancelled."),
        Reason.OFFERED: _("This ticket is offered for resale. Its owner can take it back on the booking's page."),
        Reason.REPLACED: _("A newer version of this ticket exists. Ask for that one."),
        Reason.SESSION_CANCELLED: _("This session is cancelled."),
        Reason.OTHER_SESSION: _("For another session: %(event)s, %(starts)s."),
        Reason.ALREADY_USED: say_used(scan.ticket, scan.scanned_at),
    }
    event_session = scan.ticket.event_session
    return sentences[Reason(scan.reason)] % {
        "event": event_session.event.title,
        "starts": say_moment(event_session.starts_at, event_session.hall.venue.zone),
    }


def say_used(ticket: Ticket, now: datetime) -> str:
    """“Already used at 19:42.”, with the day when it was another one; at the venue's clock."""
    zone = ticket.event_session.hall.venue.zone
    used_at = ticket.checked_in_at
    if used_at is None:
        return _("Already used.")
    if used_at.astimezone(zone).date() == now.astimezone(zone).date():
        return _("Already used at %(time)s.") % {"time": say_time(used_at, zone)}
    return _("Already used on %(day)s at %(time)s.") % {"day": say_day(used_at, zone), "time": say_time(used_at, zone)}
