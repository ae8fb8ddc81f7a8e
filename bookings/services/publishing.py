from datetime import datetime

from django.db import connection, transaction

from bookings.errors import NotDraftError, PricesMissingError
from bookings.locks import lock_event_session
from bookings.models import Block, BlockedPlace, Place
from events.models import Event, EventSession, PriceTier
from venues.models import Seat, SeatCategory, Section

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

    sections = Section.objects.filter(plan=event_session.plan_id).order_by("rank", "pk")
    total = sum(make_places(event_session, section) for section in sections)
    blocked = block_seats_of_plan(event_session, now)
    event_session.status = EventSession.Status.PUBLISHED
    event_session.published_at = now
    event_session.total_places = total
    event_session.free_places = total - blocked
    event_session.save(update_fields=["status", "published_at", "total_places", "free_places"])
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


def make_places(event_session: EventSession, section: Section) -> int:
    """One INSERT ... SELECT for the section; returns how many places it made."""
    place, seat = Place._meta.db_table, Seat._meta.db_table
    columns = "event_session_id, section_id, category_id, seat_id, standing_number, state"
    with connection.cursor() as cursor:
        if section.is_standing:
            cursor.execute(
                f"INSERT INTO {place} ({columns}) SELECT %s, %s, %s, NULL, n, 'free' "  # noqa: S608  Names are ours.
                f"FROM ({numbers_sql(section.capacity)}) numbers WHERE n <= %s",
                [event_session.pk, section.pk, section.category_id, section.capacity],
            )
        else:
            cursor.execute(
                f"INSERT INTO {place} ({columns}) SELECT %s, section_id, category_id, id, NULL, 'free' "  # noqa: S608
                f"FROM {seat} WHERE section_id = %s ORDER BY id",
                [event_session.pk, section.pk],
            )
        return int(cursor.rowcount)


def block_seats_of_plan(event_session: EventSession, now: datetime) -> int:
    """Keep the seats from sale that the plan itself blocks; staff may release them for the session."""
    blocked = Place.objects.filter(event_session=event_session, seat__is_blocked=True)
    place_ids = list(blocked.values_list("pk", flat=True))
    if place_ids:
        block = Block.objects.create(
            event_session=event_session, kind=Block.Kind.PLAN, reason=str(Block.Kind.PLAN.label), created_at=now
        )
        BlockedPlace.objects.bulk_create(
            (BlockedPlace(place_id=place, block=block) for place in place_ids), batch_size=2000
        )
        Place.objects.filter(pk__in=place_ids).update(state=Place.State.BLOCKED)
    return len(place_ids)


def numbers_sql(highest: int) -> str:
    """SELECT 1, 2, 3 ... up to at least `highest`: recursive queries stop at 1,000 rows on MySQL."""
    powers = range(len(str(highest)))
    value = " + ".join(f"t{power}.d * {10**power}" for power in powers)
    tables = ", ".join(f"({DIGITS}) t{power}" for power in powers)
    return f"SELECT 1 + {value} AS n FROM {tables}"  # noqa: S608  Digits only.
