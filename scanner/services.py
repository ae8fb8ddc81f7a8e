from datetime import datetime

from django.db import IntegrityError, transaction

from bookings.errors import ForgedCodeError, UnknownCodeError
from bookings.models import READABLE, Ticket
from bookings.tickets.codes import looks_signed, read_code
from events.models import EventSession
from scanner.errors import NonceReusedError, UnknownSessionError
from scanner.locks import mark_used
from scanner.models import Scan
from scanner.selectors import find_scan, find_ticket, find_ticket_by_code, find_ticket_of_old_code

SPOKEN_LENGTH = 12
Reason = Scan.Reason


def check_in(*, code: str, event_session_id: int, nonce: str, scanned_by_id: int, now: datetime) -> Scan:
    """Let the holder of this code in, once, and keep what was answered.

    `code` is the QR text or the ticket's code as people type it. A repeat of the same nonce gives the
    first answer again, so a gate may repeat a request whose answer it never saw. Raises
    UnknownSessionError, and NonceReusedError when the nonce belongs to another ticket's scan.
    """
    reason, ticket = read_ticket(code)
    try:
        return _present(
            reason, ticket, event_session_id=event_session_id, nonce=nonce, scanned_by_id=scanned_by_id, now=now
        )
    except IntegrityError:
        # The unique nonce refused the row, and its transaction took the check-in back with it.
        earlier = find_scan(nonce)
        if earlier is None:
            raise
    if (earlier.ticket_id, earlier.event_session_id) != (ticket.pk if ticket else None, event_session_id):
        raise NonceReusedError
    return earlier


def read_ticket(code: str) -> tuple[Scan.Reason, Ticket | None]:
    """The ticket that a code names, or why it names none; an outdated code names its ticket too."""
    if not looks_signed(code):
        return read_spoken(tidy_spoken_code(code))
    try:
        claim = read_code(code)
    except ForgedCodeError:
        return Reason.FORGED, None
    except UnknownCodeError:
        return Reason.UNKNOWN, None
    ticket = find_ticket(claim.ticket_id)
    if ticket is None:
        return Reason.UNKNOWN, None
    return (Reason.NONE if claim.revision == ticket.revision else Reason.REPLACED), ticket


def read_spoken(code: str) -> tuple[Scan.Reason, Ticket | None]:
    if ticket := find_ticket_by_code(code) if code else None:
        return Reason.NONE, ticket
    replaced = find_ticket_of_old_code(code) if code else None
    return (Reason.REPLACED, replaced) if replaced else (Reason.UNKNOWN, None)


def tidy_spoken_code(text: str) -> str:
    """ACDEFGHJKMNP out of “acde-fghj kmnp”, or nothing when it cannot be one."""
    letters = "".join(letter for letter in text[:100].upper() if letter.isalnum())
    return letters if len(letters) == SPOKEN_LENGTH and set(letters) <= set(READABLE) else ""


@transaction.atomic(durable=True)
def _present(
    reason: Scan.Reason,
    ticket: Ticket | None,
    *,
    event_session_id: int,
    nonce: str,
    scanned_by_id: int,
    now: datetime,
) -> Scan:
    if ticket is None or ticket.event_session_id != event_session_id:
        event_session = EventSession.objects.filter(pk=event_session_id).first()
    else:
        event_session = ticket.event_session
    if event_session is None:
        raise UnknownSessionError
    if ticket is not None:
        reason = find_objection(reason, ticket, event_session)
        if not reason and not mark_used(ticket, now=now):
            ticket = find_ticket(ticket.pk) or ticket
            reason = find_objection(reason, ticket, event_session) or Reason.ALREADY_USED
        elif not reason:
            ticket.checked_in_at = now
    return Scan.objects.create(
        nonce=nonce,
        event_session=event_session,
        ticket=ticket,
        result=Scan.Result.REJECTED if reason else Scan.Result.GRANTED,
        reason=reason,
        scanned_by_id=scanned_by_id,
        scanned_at=now,
    )


def find_objection(reason: Scan.Reason, ticket: Ticket, event_session: EventSession) -> Scan.Reason:
    """Why this ticket does not open this door; NONE when it does. What no other door could mend comes first."""
    objections = {
        Reason.VOID: ticket.status == Ticket.Status.VOID,
        Reason.REPLACED: reason == Reason.REPLACED,
        Reason.OFFERED: ticket.status == Ticket.Status.OFFERED,
        Reason.OTHER_SESSION: ticket.event_session_id != event_session.pk,
        Reason.SESSION_CANCELLED: event_session.is_called_off,
        Reason.ALREADY_USED: ticket.checked_in_at is not None,
    }
    return next((objection for objection, holds in objections.items() if holds), Reason.NONE)
