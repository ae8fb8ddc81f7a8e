from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.errors import TicketUsedError
from bookings.models import Ticket
from bookings.tickets.codes import sign_ticket
from events.models import EventSession
from payments.services.cancelling import cancel_booking
from scanner.answers import answer_for
from scanner.errors import NonceReusedError, UnknownSessionError
from scanner.models import Scan
from scanner.services import check_in
from tests.concurrency import run_together
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user

pytestmark = pytest.mark.django_db
DOORS = NOON + timedelta(days=7, hours=-1)
Reason = Scan.Reason


@pytest.fixture
def event_session():
    return make_event_session()


@pytest.fixture
def ticket(event_session):
    return make_confirmed_booking(event_session, "A1", name="Bob").tickets.get()


@pytest.fixture
def scan(event_session):
    return partial(
        check_in, event_session_id=event_session.pk, nonce="nonce-1", scanned_by_id=make_user("sam").pk, now=DOORS
    )


def qr(ticket, revision=None):
    return sign_ticket(ticket.pk, revision or ticket.revision)


def used_at(ticket):
    return Ticket.objects.get(pk=ticket.pk).checked_in_at


def test_a_valid_ticket_is_let_in_and_noted(ticket, scan):
    kept = scan(code=qr(ticket))

    kept.refresh_from_db()
    assert (kept.result, kept.reason, kept.ticket) == (Scan.Result.GRANTED, Reason.NONE, ticket)
    assert kept.scanned_by.email == "sam@example.com"
    assert used_at(ticket) == DOORS


@pytest.mark.parametrize("write", [str, str.lower, lambda code: f" {code[:4]}-{code[4:8]} {code[8:]}\n"])
def test_the_code_may_be_typed_as_people_type(ticket, scan, write):
    assert scan(code=write(ticket.code)).result == Scan.Result.GRANTED


def test_the_spoken_form_is_a_code_too(ticket, scan):
    assert scan(code=ticket.spoken_code).result == Scan.Result.GRANTED


def test_the_second_time_it_is_already_used(ticket, scan):
    scan(code=qr(ticket))
    again = scan(code=ticket.code, nonce="nonce-2", now=DOORS + timedelta(minutes=5))

    assert (again.result, again.reason) == (Scan.Result.REJECTED, Reason.ALREADY_USED)
    assert used_at(ticket) == DOORS
    assert answer_for(again).message == "Already used at 13:00."


def test_a_repeat_of_the_same_request_gets_the_same_answer(ticket, scan):
    first = scan(code=qr(ticket))
    again = scan(code=qr(ticket), now=DOORS + timedelta(minutes=5))

    assert again == first
    assert again.result == Scan.Result.GRANTED
    assert Scan.objects.count() == 1


def test_a_repeated_rejection_is_repeated_as_well(ticket, scan):
    first = scan(code="ACDEFGHJKMNP")
    assert scan(code="ACDEFGHJKMNP") == first


def test_a_nonce_cannot_let_another_ticket_in(event_session, ticket, scan):
    other = make_confirmed_booking(event_session, "A2").tickets.get()
    scan(code=qr(ticket))
    with pytest.raises(NonceReusedError):
        scan(code=qr(other))
    assert used_at(other) is None


def test_a_nonce_is_not_carried_to_another_door(ticket, scan):
    scan(code=qr(ticket))
    with pytest.raises(NonceReusedError):
        scan(code=qr(ticket), event_session_id=make_event_session().pk)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "hello",
        "https://example.com/menu",
        "ACDE-FGHJ-KMNO",
        "ACDEFGHJKMN",
        "A" * 120,
        "Ⅷ" * 12,
        "\ud800",
        "1" * 4000,
    ],
)
def test_what_is_no_code_of_ours_is_unknown(scan, code):
    kept = scan(code=code)
    assert (kept.result, kept.reason, kept.ticket) == (Scan.Result.REJECTED, Reason.UNKNOWN, None)


def test_a_well_formed_code_that_nobody_holds_is_unknown(ticket, scan):
    assert scan(code="ACDEFGHJKMNP").reason == Reason.UNKNOWN
    assert scan(code=sign_ticket(2**62, 1), nonce="nonce-2").reason == Reason.UNKNOWN
    assert used_at(ticket) is None


def test_a_changed_code_is_a_forgery(ticket, scan):
    genuine = qr(ticket)
    forged = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    kept = scan(code=forged)

    assert (kept.reason, kept.ticket) == (Reason.FORGED, None)
    assert used_at(ticket) is None


def spoil_void(ticket):
    cancel_booking(booking_id=ticket.booking_id, now=NOON)


def spoil_reissued(ticket):
    Ticket.objects.update(revision=2)


def spoil_other_session(ticket):
    Ticket.objects.update(event_session=make_event_session())


def spoil_session_cancelled(ticket):
    EventSession.objects.update(status=EventSession.Status.CANCELLED)


@pytest.mark.parametrize(
    ("spoil", "reason", "words"),
    [
        (spoil_void, Reason.VOID, "This ticket was cancelled."),
        (spoil_reissued, Reason.REPLACED, "A newer version of this ticket exists."),
        (spoil_other_session, Reason.OTHER_SESSION, "For another session: Spring Concert, Sat 8 June 2030, 14:00."),
        (spoil_session_cancelled, Reason.SESSION_CANCELLED, "This session is cancelled."),
    ],
)
def test_a_spoiled_ticket_is_rejected_with_its_reason_and_stays_unused(ticket, scan, spoil, reason, words):
    spoil(ticket)
    kept = scan(code=qr(ticket))

    assert (kept.result, kept.reason, kept.ticket) == (Scan.Result.REJECTED, reason, ticket)
    assert answer_for(kept).message.startswith(words)
    assert used_at(ticket) is None


def test_a_reissued_ticket_opens_the_door_with_its_new_code(ticket, scan):
    spoil_reissued(ticket)
    assert scan(code=qr(ticket, revision=2)).result == Scan.Result.GRANTED


def test_the_answer_names_the_place(ticket, scan):
    answer = answer_for(scan(code=qr(ticket)))

    assert (answer.result, answer.text, answer.reason) == ("granted", "ENTRY GRANTED", "")
    assert (answer.ticket.section, answer.ticket.row, answer.ticket.seat) == ("Stalls", "A", "1")
    assert (answer.ticket.ticket_type, answer.ticket.name) == ("Adult", "Bob")
    assert answer.ticket.code == ticket.spoken_code


def test_a_ticket_used_on_another_day_says_which(ticket, scan):
    scan(code=qr(ticket))
    again = scan(code=qr(ticket), nonce="nonce-2", now=DOORS + timedelta(days=1))
    assert answer_for(again).message == "Already used on Sat 8 June 2030 at 13:00."


def test_a_door_of_no_session_is_refused_and_nothing_is_used(ticket, scan):
    for code in (qr(ticket), "nonsense"):
        with pytest.raises(UnknownSessionError):
            scan(code=code, event_session_id=10**9)
    assert used_at(ticket) is None
    assert not Scan.objects.exists()


def test_a_check_in_takes_three_queries(ticket, scan):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        scan(code=qr(ticket))
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert [sql.split()[0] for sql in statements] == ["SELECT", "UPDATE", "INSERT"]


@pytest.mark.django_db(transaction=True)
def test_of_six_doors_that_scan_one_ticket_exactly_one_lets_in(ticket, scan):
    scans = run_together(*(partial(scan, code=qr(ticket), nonce=f"door-{number}") for number in range(6)))

    assert sorted(kept.reason for kept in scans) == [Reason.NONE] + [Reason.ALREADY_USED] * 5
    assert [kept.result for kept in scans].count(Scan.Result.GRANTED) == 1
    assert Scan.objects.filter(result=Scan.Result.GRANTED).count() == 1
    assert all(answer_for(kept).message == "Already used at 13:00." for kept in scans if kept.reason)


@pytest.mark.django_db(transaction=True)
def test_of_six_copies_of_one_request_all_get_the_one_answer(ticket, scan):
    scans = run_together(*(partial(scan, code=qr(ticket)) for _ in range(6)))

    assert {kept.result for kept in scans} == {Scan.Result.GRANTED}
    assert len({kept.pk for kept in scans}) == 1
    assert Scan.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_cancellation_and_a_scan_at_one_moment_only_one_happens(ticket, scan):
    kept, cancelled = run_together(
        partial(scan, code=qr(ticket)), partial(cancel_booking, booking_id=ticket.booking_id, now=NOON)
    )
    after = Ticket.objects.get(pk=ticket.pk)
    if kept.result == Scan.Result.GRANTED:
        assert isinstance(cancelled, TicketUsedError)
        assert (after.status, after.checked_in_at is None) == (Ticket.Status.VALID, False)
    else:
        assert kept.reason == Reason.VOID
        assert (after.status, after.checked_in_at) == (Ticket.Status.VOID, None)
