"""A session that is on show moves to another version of its hall's plan, with everything that is sold."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import connection, transaction
from django.db.models.constants import OnConflict

from bookings.availability import announce_reload
from bookings.errors import NotPublishedError, OtherHallError, PricesMissingError, SeatsMissingError
from bookings.locks import lock_all_places, lock_event_session, lock_plan
from bookings.models import Block, BlockedPlace, Place
from bookings.services.audit import MOST_NAMED, note_change
from bookings.services.blocking import drop_empty_blocks, keep_from_sale
from bookings.services.plan_matching import Matcher, PlanMove, PlanSeat
from bookings.services.sweeping import refresh_event_session
from events.models import EventSession, PriceTier
from ticketing.outbox.services import publish
from venues.models import SeatCategory, SeatingPlan
from venues.plans.checks import label_key

BATCH = 2000
# Category id -> ticket type id -> amount in the event's currency.
Prices = Mapping[int, Mapping[int, Decimal]]


def plan_move(*, event_session_id: int, plan_id: int) -> PlanMove:
    """What `move_to_plan` would do now, seats without room and categories without a price included.

    Changes nothing. Raises NotPublishedError, OtherHallError.
    """
    event_session = _get_event_session(event_session_id)
    plan = SeatingPlan.objects.get(pk=plan_id)
    _check_target(event_session, plan)
    return Matcher(event_session, plan).match(list(Place.objects.filter(event_session=event_session)))


@transaction.atomic(durable=True)
def move_to_plan(
    *, event_session_id: int, plan_id: int, prices: Prices | None = None, actor_id: int | None, now: datetime
) -> PlanMove:
    """Move the session to another plan of its hall with every sold, held and blocked place, or change nothing.

    Places are matched by section, row and number and stay the same rows, so tickets stay valid. Free
    ones without a counterpart go, new seats get places, prices follow their category's name; `prices`
    adds those of categories that are new. Raises NotPublishedError, OtherHallError, SeatsMissingError,
    PricesMissingError.
    """
    plan = lock_plan(plan_id)
    lock_event_session(event_session_id)
    event_session = _get_event_session(event_session_id)
    _check_target(event_session, plan)
    old_plan = event_session.plan
    move = carry_over(Matcher(event_session, plan), prices=prices or {}, actor_id=actor_id, now=now)
    text = (
        f"Moved from “{old_plan}” to “{plan}”: {len(move.kept)} places kept, "
        f"{len(move.new)} new, {move.leaving} no longer there."
    )
    note_change(event_session, actor_id=actor_id, text=text)
    return move


def carry_over(matcher: Matcher, *, prices: Prices, actor_id: int | None, now: datetime) -> PlanMove:
    """Inner step: store what the matcher finds for its session; the caller holds the locks of plan and session.

    The matcher has read both plans by now: customers wait from here on. Raises SeatsMissingError, PricesMissingError.
    """
    event_session, plan, old_plan = matcher.event_session, matcher.plan, matcher.event_session.plan
    _add_prices(event_session, plan, prices)
    move = matcher.match(lock_all_places(event_session.pk))
    _refuse_if_impossible(move)
    _carry_prices(event_session, plan)
    _store_places(move)
    _store_blocks(move, old_plan, actor_id, now)
    event_session.listed_categories = _find_again(event_session.listed_categories, plan)
    event_session.plan = plan
    event_session.total_places = move.total
    event_session.save(update_fields=["plan", "total_places", "listed_categories"])
    if event_session.listed_categories:
        # The new plan may have places for those who wait.
        publish("bookings.waiting_list_moved", event_session_id=event_session.pk)
    announce_reload(event_session.pk)
    transaction.on_commit(partial(refresh_event_session, event_session.pk), robust=True)
    return move


def _get_event_session(event_session_id: int) -> EventSession:
    related = EventSession.objects.select_related("event", "hall__venue", "plan__hall__venue")
    return related.get(pk=event_session_id)


def _check_target(event_session: EventSession, plan: SeatingPlan) -> None:
    if event_session.status != EventSession.Status.PUBLISHED:
        raise NotPublishedError(session=event_session)
    if plan.hall_id != event_session.hall_id:
        raise OtherHallError(plan=plan.name)


def _refuse_if_impossible(move: PlanMove) -> None:
    if move.missing:
        named = [*move.missing[:MOST_NAMED], *([f"… +{more}"] if (more := len(move.missing) - MOST_NAMED) > 0 else [])]
        raise SeatsMissingError(labels="; ".join(named), missing=move.missing)
    if move.unpriced:
        names = ", ".join(category.name for category in move.unpriced)
        raise PricesMissingError(categories=names, currency=move.event_session.event.currency)


def _add_prices(event_session: EventSession, plan: SeatingPlan, prices: Prices) -> None:
    """Only where the category has none: what a category costs that goes on is decided on the session's page."""
    currency = event_session.event.currency
    priced = {label_key(name) for name in event_session.tiers.values_list("category__name", flat=True)}
    for category in SeatCategory.objects.filter(plan=plan, pk__in=prices):
        if label_key(category.name) not in priced:
            PriceTier.objects.bulk_create(
                PriceTier(
                    event_session=event_session,
                    category=category,
                    ticket_type_id=ticket_type,
                    price=amount,
                    price_currency=currency,
                )
                for ticket_type, amount in prices[category.pk].items()
            )


def _carry_prices(event_session: EventSession, plan: SeatingPlan) -> None:
    """Each price to the category of the same name; one whose category the plan does not have goes."""
    categories = {label_key(category.name): category for category in SeatCategory.objects.filter(plan=plan)}
    for tier in PriceTier.objects.filter(event_session=event_session).select_related("category"):
        category = categories.get(label_key(tier.category.name))
        if category is None:
            tier.delete()
        elif category != tier.category:
            tier.category = category
            tier.save(update_fields=["category"])


def _find_again(category_ids: Sequence[int], plan: SeatingPlan) -> list[int]:
    """The plan's categories of the same names: what the waiting list is first for stays so."""
    if not category_ids:
        return []
    names = SeatCategory.objects.filter(pk__in=category_ids).values_list("name", flat=True)
    wanted = {label_key(name) for name in names}
    rows = SeatCategory.objects.filter(plan=plan).values_list("pk", "name")
    return sorted(pk for pk, name in rows if label_key(name) in wanted)


def _store_places(move: PlanMove) -> None:
    for place_ids in _batches([*move.deleted, *move.gone, *move.unblocked]):
        BlockedPlace.objects.filter(place__in=place_ids).delete()
    for place_ids in _batches(move.unblocked):
        Place.objects.filter(pk__in=place_ids).update(state=Place.State.FREE)
    for place_ids in _batches([place for place in move.newly_blocked if place.pk]):
        Place.objects.filter(pk__in=place_ids).update(state=Place.State.BLOCKED)
    for place_ids in _batches(move.deleted):
        Place.objects.filter(pk__in=place_ids).delete()
    parked = _park_gone_places(move)
    _update_places(move.kept)
    for place_id, seat in parked.items():
        Place.objects.filter(pk=place_id).update(
            seat=seat.pk, section=seat.section_id, category=seat.category_id, standing_number=None
        )
    Place.objects.bulk_create(move.new, batch_size=BATCH)


def _park_gone_places(move: PlanMove) -> dict[int, PlanSeat]:
    """Back on an earlier plan: places out of sale that stand on seats which others take by now swap with those.

    No two places may have one seat at any moment, so these are without theirs for so long.
    """
    kept = {place.pk for place in move.kept}
    there = Place.objects.filter(event_session=move.event_session, section__plan=move.plan, seat__isnull=False)
    rows = [(pk, seat_id) for pk, seat_id in there.values_list("pk", "seat") if pk not in kept]
    parked = {pk: move.left_seats[seat_id] for pk, seat_id in rows if seat_id in move.left_seats}
    for place_id in parked:
        Place.objects.filter(pk=place_id).update(seat=None, standing_number=place_id)
    return parked


def _batches(places: Sequence[Place]) -> Iterator[list[int]]:
    for start in range(0, len(places), BATCH):
        yield [place.pk for place in places[start : start + BATCH]]


def _update_places(places: Sequence[Place]) -> None:
    """Eighty thousand rows in a few dozen statements: an insert that finds every row there and updates it.

    States are left alone, so what is offered for insertion is a free place, whatever the row is.
    """
    columns = ["event_session_id", "section_id", "category_id", "seat_id", "standing_number"]
    on_conflict = connection.ops.on_conflict_suffix_sql([], OnConflict.UPDATE, columns[1:], ["id"])
    insert = f"INSERT INTO {Place._meta.db_table} (id, {', '.join(columns)}, state) VALUES"
    with connection.cursor() as cursor:
        for start in range(0, len(places), BATCH):
            rows = ",".join(
                f"({place.pk},{place.event_session_id},{place.section_id},{place.category_id},"
                f"{place.seat_id or 'NULL'},{place.standing_number or 'NULL'},'free')"
                for place in places[start : start + BATCH]
            )
            cursor.execute(f"{insert} {rows} {on_conflict}")


def _store_blocks(move: PlanMove, old_plan: SeatingPlan, actor_id: int | None, now: datetime) -> None:
    event_session = move.event_session
    if move.gone:
        place_ids = [place.pk for place in move.gone]
        Place.objects.filter(pk__in=place_ids).update(state=Place.State.BLOCKED, booking=None, held_until=None)
        reason = f"{old_plan.name} (v{old_plan.version})"
        keep_from_sale(event_session, place_ids, kind=Block.Kind.GONE, reason=reason, actor_id=actor_id, now=now)
    if move.newly_blocked:
        # Read back: MySQL does not return the keys of a bulk insert.
        seat_ids = [place.seat_id for place in move.newly_blocked]
        places = Place.objects.filter(event_session=event_session, seat__in=seat_ids)
        reason = str(Block.Kind.PLAN.label)
        keep_from_sale(
            event_session,
            list(places.values_list("pk", flat=True)),
            kind=Block.Kind.PLAN,
            reason=reason,
            actor_id=actor_id,
            now=now,
        )
    drop_empty_blocks(Block.objects.filter(event_session=event_session).values_list("pk", flat=True))
