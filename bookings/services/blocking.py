"""Places that staff keep from sale: house seats, and seats that cannot be sold."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Count, QuerySet

from bookings.availability import announce
from bookings.errors import (
    NotEnoughPlacesError,
    NothingChosenError,
    NotOnSaleError,
    NotPlacesOfSessionError,
    PlacesInUseError,
)
from bookings.locks import (
    block_free_places,
    block_free_seats,
    lock_blocked_places,
    lock_blocked_seats,
    lock_blocks,
    lock_free_standing,
)
from bookings.models import Block, BlockedPlace, Place, Ticket
from bookings.services.audit import name_places, note_change
from bookings.services.sweeping import refresh_event_session
from events.models import EventSession
from venues.models import Section

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Blocking:
    """What a request to block did: `block` is None when every place was blocked before."""

    block: Block | None
    blocked: int
    already: int


@transaction.atomic(durable=True)
def block_places(
    *,
    event_session_id: int,
    seat_ids: Collection[int] = (),
    standing: Mapping[int, int] | None = None,
    kind: Block.Kind,
    reason: str,
    actor_id: int | None,
    now: datetime,
) -> Blocking:
    """Keep every named place from sale, or none of them; those that are blocked already stay as they are.

    `standing` maps section ids to numbers of further places. Holds that lapsed are taken over. Raises
    NothingChosenError, PlacesInUseError, NotPlacesOfSessionError, NotEnoughPlacesError, NotOnSaleError.
    """
    seat_ids = set(seat_ids)
    standing = {section: count for section, count in (standing or {}).items() if count > 0}
    if not seat_ids and not standing:
        raise NothingChosenError
    event_session = _get_event_session(event_session_id)
    place_ids = _block_seats(event_session, seat_ids, now)
    already = len(seat_ids) - len(place_ids)
    for section_id, count in sorted(standing.items()):
        place_ids += _block_standing(event_session, section_id, count, now)
    if not place_ids:
        return Blocking(block=None, blocked=0, already=already)
    _refuse_offered(event_session, place_ids)
    block = keep_from_sale(event_session, place_ids, kind=kind, reason=reason, actor_id=actor_id, now=now)
    text = f"Blocked {len(place_ids)} places ({block.get_kind_display()}: {reason}): {name_places(place_ids)}"
    note_change(event_session, actor_id=actor_id, text=text)
    announce(event_session.pk, taken=seat_ids)
    _refresh_soon(event_session)
    return Blocking(block=block, blocked=len(place_ids), already=already)


def _refuse_offered(event_session: EventSession, place_ids: Collection[int]) -> None:
    """A place on sale for its owner is theirs again if nobody buys it."""
    offered = Ticket.objects.filter(event_session=event_session, status=Ticket.Status.OFFERED)
    # Compared here: the list of a whole stand would be too long for the statement.
    if theirs := set(offered.values_list("place", flat=True)).intersection(place_ids):
        raise PlacesInUseError(labels=name_places(theirs), place_ids=sorted(theirs))


def keep_from_sale(
    event_session: EventSession,
    place_ids: Collection[int],
    *,
    kind: Block.Kind,
    reason: str,
    actor_id: int | None,
    now: datetime,
) -> Block:
    """Inner step: the block that says why these places, blocked in the caller's transaction, are kept."""
    block = Block.objects.create(
        event_session=event_session, kind=kind, reason=reason, blocked_by_id=actor_id, created_at=now
    )
    BlockedPlace.objects.bulk_create(
        (BlockedPlace(place_id=place_id, block=block) for place_id in place_ids), batch_size=BATCH
    )
    return block


@transaction.atomic(durable=True)
def release_blocked_places(
    *,
    event_session_id: int,
    seat_ids: Collection[int] = (),
    standing: Mapping[int, int] | None = None,
    actor_id: int | None,
) -> int:
    """Put blocked places on sale again and return how many; what is not blocked stays as it is.

    `standing` maps section ids to numbers of places, those blocked last first. Places whose seat left
    the plan stay blocked. Raises NothingChosenError.
    """
    standing = {section: count for section, count in (standing or {}).items() if count > 0}
    if not seat_ids and not standing:
        raise NothingChosenError
    event_session = _get_event_session(event_session_id)
    place_ids = lock_blocked_seats(event_session_id=event_session_id, seat_ids=seat_ids)
    for section_id, count in sorted(standing.items()):
        blocked = BlockedPlace.objects.filter(place__event_session=event_session, place__section=section_id)
        latest = blocked.filter(place__seat=None).order_by("-pk").values_list("place", flat=True)
        place_ids += lock_blocked_places(list(latest[:count]))
    return _release(event_session, BlockedPlace.objects.filter(place__in=place_ids), actor_id)


@transaction.atomic(durable=True)
def release_block(*, block_id: int, actor_id: int | None) -> int:
    """Put all places of one block on sale again and return how many; a block that is gone has none."""
    block = Block.objects.select_related("event_session").filter(pk=block_id).first()
    if block is None:
        return 0
    place_ids = lock_blocked_places(list(block.blocked_places.values_list("place", flat=True)))
    # Asked again under the lock: a place may have been released and blocked anew for another reason.
    kept = BlockedPlace.objects.filter(block=block, place__in=place_ids)
    return _release(_get_event_session(block.event_session_id), kept, actor_id)


def _release(event_session: EventSession, blocked: QuerySet[BlockedPlace], actor_id: int | None) -> int:
    rows = list(
        blocked.exclude(block__kind=Block.Kind.GONE).values_list("place", "place__seat", "block", "block__reason")
    )
    if not rows:
        return 0
    place_ids = [place_id for place_id, _seat, _block, _reason in rows]
    BlockedPlace.objects.filter(place__in=place_ids).delete()
    Place.objects.filter(pk__in=place_ids, state=Place.State.BLOCKED).update(state=Place.State.FREE)
    drop_empty_blocks({block_id for _place, _seat, block_id, _reason in rows})
    reasons = ", ".join(sorted({reason for _place, _seat, _block, reason in rows}))
    text = f"Released {len(place_ids)} places (blocked for: {reasons}): {name_places(place_ids)}"
    note_change(event_session, actor_id=actor_id, text=text)
    announce(event_session.pk, free=[seat_id for _place, seat_id, _block, _reason in rows if seat_id])
    _refresh_soon(event_session)
    return len(place_ids)


def drop_empty_blocks(block_ids: Iterable[int]) -> None:
    """Inner step: a block goes with its last place; the session's history remembers it."""
    # Locked, because two releases that empty a block together would each still see the other's places.
    locked = [block.pk for block in lock_blocks(list(block_ids))]
    counted = Block.objects.filter(pk__in=locked).annotate(left=Count("blocked_places"))
    Block.objects.filter(pk__in=[block.pk for block in counted if not block.left]).delete()


def _block_seats(event_session: EventSession, seat_ids: Collection[int], now: datetime) -> list[int]:
    """The places that were free until now; refuses when a customer has one of the seats."""
    block_free_seats(event_session_id=event_session.pk, seat_ids=seat_ids, now=now)
    places = Place.objects.filter(event_session=event_session, seat__in=seat_ids)
    rows = list(places.values_list("pk", "state", "blocked"))
    in_use = [place_id for place_id, state, _blocked in rows if state != Place.State.BLOCKED]
    if in_use:
        raise PlacesInUseError(labels=name_places(in_use), place_ids=in_use)
    if missing := len(seat_ids) - len(rows):
        raise NotPlacesOfSessionError(count=missing)
    return [place_id for place_id, _state, blocked in rows if blocked is None]


def _block_standing(event_session: EventSession, section_id: int, count: int, now: datetime) -> list[int]:
    section = Section.objects.filter(plan=event_session.plan_id, kind=Section.Kind.STANDING, pk=section_id).first()
    if section is None:
        raise NotOnSaleError
    place_ids = lock_free_standing(event_session_id=event_session.pk, section=section, count=count, now=now)
    if len(place_ids) < count:
        raise NotEnoughPlacesError(left=len(place_ids), wanted=count, section=section.name)
    block_free_places(place_ids=place_ids, now=now)
    return place_ids


def _get_event_session(event_session_id: int) -> EventSession:
    return EventSession.objects.select_related("event", "hall__venue").get(pk=event_session_id)


def _refresh_soon(event_session: EventSession) -> None:
    """Lists and overviews count anew at once, instead of with the sweeper's next round."""
    transaction.on_commit(partial(refresh_event_session, event_session.pk), robust=True)
