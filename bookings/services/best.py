from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from bookings.availability import announce
from bookings.errors import NotEnoughPlacesError, NotOnSaleError, NoWheelchairPlaceError, PlacesContestedError
from bookings.locks import lock_free_seats, take_places
from bookings.models import Booking
from bookings.seating.best import count_open, find_best
from bookings.seating.board import Board
from bookings.seating.occupancy import taken_seats
from bookings.services.access import Access
from bookings.services.baskets import enter_sale, open_basket
from bookings.services.holds import take_standing
from bookings.services.items import add_items
from bookings.services.listing import pass_by_listed
from bookings.services.promo_codes import bring_code
from events.models import EventSession, PriceTier
from venues.models import Section

# Among how many of the best blocks one is taken at random, try by try: a lone customer gets the very
# best, and a crowd soon stops asking for the same one. A line is one transaction: seats of a block that
# was only partly free stay locked to its end, and would be in the way of others for longer.
CHOICES = ((1, 4, 8, 16), (16, 32, 64), (64, 64, 64), (128, 128, 128), (128, 128, 128), (128, 128, 128))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asks for, in the words of hold_best_places()."""

    event_session_id: int
    category_id: int | None
    ticket_type_id: int | None
    count: int
    is_accessible: bool
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """The wish in one session: the categories that fit it, and what people call them."""

    event_session: EventSession
    wish: Wish
    categories: frozenset[int]
    name: str

    def look(self, *, is_fresh: bool = False) -> Board:
        return Board.of(taken_seats(self.event_session.pk, self.event_session.plan_id, is_fresh=is_fresh))

    def find(self, board: Board, choices: int) -> list[int]:
        return find_best(
            board,
            self.categories,
            self.wish.count,
            is_accessible=self.wish.is_accessible,
            avoids_gaps=self.event_session.avoids_single_gaps,
            choices=choices,
        )

    def refusal(self, board: Board) -> NotEnoughPlacesError:
        if self.wish.is_accessible:
            return NoWheelchairPlaceError(wanted=self.wish.count, section=self.name)
        left = count_open(board, self.categories)
        return NotEnoughPlacesError(left=left, wanted=self.wish.count, section=self.name)


def hold_best_places(  # noqa: PLR0913  What one form asks.
    *,
    event_session_id: int,
    category_id: int | None,
    ticket_type_id: int | None,
    count: int,
    is_accessible: bool,
    booking_id: int | None,
    buyer: User | None,
    now: datetime,
    codes: Sequence[str] = (),
) -> Booking:
    """Hold the best `count` places: neighbours nearest to the focal point, parted only where none fit.

    Without a category, the nearest count whatever they cost, among those the ticket type can have.
    `is_accessible` asks for one wheelchair place and `count - 1` places beside it. In a standing
    category any places are as good; one with seats as well gives places to stand when its seats are
    gone. What others are taking right now is passed over, so nobody waits. Raises NotEnoughPlacesError,
    and what hold_places() raises about sale, waiting list, basket and limit.
    """
    wish = Wish(event_session_id, category_id, ticket_type_id, count, is_accessible, tuple(codes))
    for choices in CHOICES:
        with suppress(PlacesContestedError):
            return _hold_best(wish, choices, booking_id=booking_id, buyer=buyer, now=now)
    raise PlacesContestedError(wanted=count)


@transaction.atomic(durable=True)
def _hold_best(
    wish: Wish, choices: Sequence[int], *, booking_id: int | None, buyer: User | None, now: datetime
) -> Booking:
    event_session, access = enter_sale(wish.event_session_id, wish.count, wish.codes, now)
    if access and not access.is_early and wish.category_id is None and not access.has_hidden(wish.ticket_type_id):
        # Any price means any that everybody may have: a code's use is not spent unasked.
        access = None
    search = _begin_search(event_session, wish, access)
    # Before any lock: for a hall new to the process it reads every seat.
    board = search.look()
    booking, _is_new = open_basket(booking_id, event_session, buyer, wish.count, now)
    if access:
        access = bring_code(booking, access, search.categories, wish.ticket_type_id, now)
    seat_ids: list[int] = []
    if search.categories.isdisjoint(board.rows.categories):
        take_any_standing(booking, search, now)
    else:
        seat_ids = _take_best_or_stand(booking, search, board, choices, now)
    if add_items(booking, event_session, wish.ticket_type_id, access.tier_ids if access else None) < wish.count:
        raise NotOnSaleError
    announce(event_session.pk, taken=seat_ids)
    return booking


def _begin_search(event_session: EventSession, wish: Wish, access: Access | None) -> Search:
    """Only categories with a price for this customer are sold, and not those that go to a waiting list first.

    Raises NotOnSaleError when there is none among the wanted ones, ListedPlacesError when the list has them all.
    """
    tiers = PriceTier.objects.filter(event_session=event_session)
    tiers = tiers.filter(pk__in=access.tier_ids) if access else tiers.filter(is_hidden=False)
    priced = list(tiers.values_list("category", "ticket_type", "category__name"))
    name = event_session.event.title
    if wish.category_id is not None:
        priced = [tier for tier in priced if tier[0] == wish.category_id]
        name = priced[0][2] if priced else name
    elif of_type := [tier for tier in priced if tier[1] == wish.ticket_type_id]:
        priced = of_type
    if not priced:
        raise NotOnSaleError
    categories: Collection[int] = {tier[0] for tier in priced}
    # The list is offered no wheelchair places.
    if event_session.listed_categories and not wish.is_accessible:
        categories = pass_by_listed(event_session, {tier[0]: tier[2] for tier in priced})
    return Search(event_session, wish, frozenset(categories), name)


def _take_best_or_stand(
    booking: Booking, search: Search, board: Board, choices: Sequence[int], now: datetime
) -> list[int]:
    """The seats taken; none where the wanted category has no more of them, but room to stand."""
    try:
        return take_best(booking, search, board, choices, now)
    except PlacesContestedError:
        raise
    except NotEnoughPlacesError as refusal:
        # Who named no category shall not get a floor of another price unasked.
        if search.wish.category_id is None or search.wish.is_accessible:
            raise
        try:
            take_any_standing(booking, search, now)
        except (NotEnoughPlacesError, NotOnSaleError):
            raise refusal from None
        return []


def take_best(booking: Booking, search: Search, board: Board, choices: Sequence[int], now: datetime) -> list[int]:
    """Inner step: search, lock without waiting, take; what could not be locked counts as taken in the next search.

    Returns the seats. Raises NotEnoughPlacesError, and PlacesContestedError after so many tries.
    """
    event_session, count = search.event_session, search.wish.count
    passed: list[int] = []
    is_fresh = False
    for among in choices:
        slots = search.find(board, among)
        if not slots and not is_fresh:
            # What the process knows may be some seconds old, which is good enough to offer, not to refuse.
            board, is_fresh = search.look(is_fresh=True), True
            board.take(passed)
            slots = search.find(board, among)
        if not slots:
            raise search.refusal(board)
        seat_ids = [board.rows.ids[slot] for slot in slots]
        places = lock_free_seats(event_session_id=event_session.pk, seat_ids=seat_ids, now=now)
        if len(places) == count:
            until = booking.held_until
            if take_places(place_ids=places.values(), booking=booking, held_until=until, now=now) < count:
                break
            return seat_ids
        missed = [slot for slot, seat in zip(slots, seat_ids, strict=True) if seat not in places]
        passed += missed
        board.take(missed)
    raise PlacesContestedError(wanted=count)


def take_any_standing(booking: Booking, search: Search, now: datetime) -> None:
    """Inner step: all of them in one standing section, the first in the plan's order that has room.

    Raises NotEnoughPlacesError, NotOnSaleError.
    """
    if search.wish.is_accessible:
        raise NoWheelchairPlaceError(wanted=search.wish.count, section=search.name)
    refusal: NotEnoughPlacesError | None = None
    plan_id = search.event_session.plan_id
    standing = Section.objects.filter(plan=plan_id, kind=Section.Kind.STANDING, category__in=search.categories)
    for section in standing.order_by("category__rank", "rank", "pk"):
        try:
            take_standing(booking, search.event_session, section.pk, search.wish.count, now)
        except NotEnoughPlacesError as error:
            refusal = refusal or error
        else:
            return
    raise refusal or NotOnSaleError
