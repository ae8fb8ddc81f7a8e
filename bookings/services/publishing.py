from datetime import datetime

from django.db import connection, transaction

from bookings.errors import NotDraftError, PricesMissingError
from bookings.locks import lock_event_session
from bookings.models import Block, BlockedPlace, Place
from bookings.seatmap.offers import find_hidden_categories
from events.models import Event, EventSession, PriceTier
from venues.models import Seat, SeatCategory, Section

COLUMNS = "event_session_id, section_id, category_id, seat_id, standing_number, state"
DIGITS = " UNION ALL ".join(["SELECT 0 AS d", *(f"SELECT {digit}" for digit in range(1, 10))])


@transaction.atomic(durable=True)
def publish_event_session(*, event_session_id: int, now: datetime) -> EventSession:
    """Make every place of the session and put it on show, or change nothing.

    A draft event is published with its first session. Raises NotDraftError, PricesMissingError.
    """
    event_session = lock_event_session(event_session_id)
    if event_session.status != EventSession.Status.DRAFT:
        raise NotDraftError(session=event_session)
    check_prices(event_session)

    standing = Section.objects.filter(plan=event_session.plan_id, kind=Section.Kind.STANDING).order_by("rank", "pk")
    total = make_seat_places(event_session) + sum(make_standing_places(event_session, section) for section in standing)
    blocked = explain_blocked_places(event_session, now)
    event_session.status = EventSession.Status.PUBLISHED
    event_session.published_at = now
    event_session.total_places = total
    event_session.free_places = total - blocked
    event_session.hidden_places = count_hidden_places(event_session)
    event_session.save(update_fields=["status", "published_at", "total_places", "free_places", "hidden_places"])
    Event.objects.filter(pk=event_session.event_id, status=Event.Status.DRAFT).update(status=Event.Status.PUBLISHED)
    return event_session


def check_prices(event_session: EventSession) -> None:
    """Every category that has places needs a price in the event's currency."""
    priced = PriceTier.objects.filter(
        event_session=event_session, price_currency=event_session.event.currency
    ).values_list("category", flat=True)
    with_seats = Seat.objects.filter(section__plan=event_session.plan_id).values("category")
    with_standing = Section.objects.filter(plan=event_session.plan_id, kind=Section.Kind.STANDING).values("category")
    categories = SeatCategory.objects.filter(plan=event_session.plan_id)
    used = categories.filter(pk__in=with_seats) | categories.filter(pk__in=with_standing)
    missing = [category.name for category in used if category.pk not in set(priced)]
    if missing or not used:
        raise PricesMissingError(categories=", ".join(missing) or "-", currency=event_session.event.currency)


def make_seat_places(event_session: EventSession) -> int:
    """A place for every seat of the plan, blocked where the plan blocks it; returns how many.

    One statement for the whole hall: a stadium has more than a hundred sections.
    """
    seat, section = Seat._meta.db_table, Section._meta.db_table
    sql = f"""
        INSERT INTO {Place._meta.db_table} ({COLUMNS})
        SELECT %s, seat.section_id, seat.category_id, seat.id, NULL, CASE WHEN seat.is_blocked THEN %s ELSE %s END
        FROM {seat} seat JOIN {section} section ON section.id = seat.section_id
        WHERE section.plan_id = %s ORDER BY seat.id
    """  # noqa: S608  Names are ours.
    with connection.cursor() as cursor:
        cursor.execute(sql, [event_session.pk, Place.State.BLOCKED, Place.State.FREE, event_session.plan_id])
        return int(cursor.rowcount)


def make_standing_places(event_session: EventSession, section: Section) -> int:
    """Numbered places for as many people as the section has room for; returns how many."""
    sql = f"""
        INSERT INTO {Place._meta.db_table} ({COLUMNS}) SELECT %s, %s, %s, NULL, n, %s
        FROM ({numbers_sql(section.capacity)}) numbers WHERE n <= %s
    """  # noqa: S608  Names and digits are ours.
    with connection.cursor() as cursor:
        cursor.execute(sql, [event_session.pk, section.pk, section.category_id, Place.State.FREE, section.capacity])
        return int(cursor.rowcount)


def explain_blocked_places(event_session: EventSession, now: datetime) -> int:
    """Say why the seats that the plan itself blocks are not for sale; staff may release them for the session."""
    # With its categories the index answers; without them it would be read for the whole session.
    categories = list(SeatCategory.objects.filter(plan=event_session.plan_id).values_list("pk", flat=True))
    blocked = Place.objects.filter(event_session=event_session, category__in=categories, state=Place.State.BLOCKED)
    place_ids = list(blocked.values_list("pk", flat=True))
    if place_ids:
        block = Block.objects.create(
            event_session=event_session, kind=Block.Kind.PLAN, reason=str(Block.Kind.PLAN.label), created_at=now
        )
        BlockedPlace.objects.bulk_create(
            (BlockedPlace(place_id=place, block=block) for place in place_ids), batch_size=2000
        )
    return len(place_ids)


def count_hidden_places(event_session: EventSession) -> int:
    """Those that only an access code opens."""
    hidden = find_hidden_categories(event_session.pk)
    places = Place.objects.filter(event_session=event_session, category__in=hidden, state=Place.State.FREE)
    return places.count() if hidden else 0


def numbers_sql(highest: int) -> str:
    """SELECT 1, 2, 3 ... up to at least `highest`: recursive queries stop at 1,000 rows on MySQL."""
    powers = range(len(str(highest)))
    value = " + ".join(f"t{power}.d * {10**power}" for power in powers)
    tables = ", ".join(f"({DIGITS}) t{power}" for power in powers)
    return f"SELECT 1 + {value} AS n FROM {tables}"  # noqa: S608  Digits only.
