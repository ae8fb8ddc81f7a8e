"""What people do with their place on a waiting list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from bookings.contacts import email_key
from bookings.errors import CustomerLimitError, NothingChosenError, PaymentUnderWayError
from bookings.locks import lock_booking, lock_event_session, lock_waiting_entry
from bookings.models import Booking, WaitingEntry
from bookings.services.baskets import count_places
from bookings.services.holds import release_places
from bookings.services.lifecycle import Contact
from bookings.services.offering import close
from bookings.waiting_list_errors import AlreadyListedError, ListClosedError, OfferGoneError, PlacesLeftError
from bookings.waiting_lists import ACTIVE, count_room, is_list_open, list_categories, wished_of
from events.models import EventSession
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict


@dataclass(frozen=True, slots=True)
class Party:
    """Who comes, and where they would sit: names of categories, or none for any."""

    size: int
    categories: Sequence[str] = ()


def join_list(
    *, event_session_id: int, contact: Contact, party: Party, user: User | None, now: datetime
) -> WaitingEntry:
    """Put the party at the end of the list, and keep what comes back in their categories for the list from now on.

    Raises ListClosedError, PlacesLeftError when they can book at once, CustomerLimitError, NothingChosenError, and
    AlreadyListedError after having the link of that entry mailed again.
    """
    join = partial(_join, event_session_id=event_session_id, contact=contact, party=party, user=user, now=now)
    try:
        return retry_on_conflict(join)
    except AlreadyListedError:
        _remind(event_session_id, email_key(contact.email), user, now)
        raise


@transaction.atomic(durable=True)
def _join(*, event_session_id: int, contact: Contact, party: Party, user: User | None, now: datetime) -> WaitingEntry:
    event_session = lock_event_session(event_session_id)
    if not is_list_open(event_session, now):
        raise ListClosedError
    check_size(event_session, party.size, user, now)
    # An address is guarded by its unique key, an account by the session's lock.
    if _list_active_of(event_session_id, user).exists():
        raise AlreadyListedError
    categories = list_categories(event_session_id)
    wished = wished_of(party.categories, categories)
    room = count_room(event_session_id, categories, now)
    if room.fits(wished.difference(event_session.listed_categories), party.size):
        raise PlacesLeftError
    entry = WaitingEntry(
        event_session=event_session,
        user=user,
        name=contact.name,
        email=contact.email,
        email_key=email_key(contact.email),
        phone=contact.phone,
        party_size=party.size,
        categories=[name for key, name in categories.items() if key in wished] if party.categories else [],
        created_at=now,
    )
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        raise AlreadyListedError from None
    _keep_for_list(event_session, {each for each in wished if room.is_empty(each)})
    publish("bookings.waiting_list_joined", entry_id=entry.pk)
    publish("bookings.waiting_list_moved", event_session_id=event_session_id)
    return entry


def check_size(event_session: EventSession, size: int, user: User | None, now: datetime) -> None:
    """Inner step: raises NothingChosenError, CustomerLimitError."""
    if size < 1:
        raise NothingChosenError
    already = count_places(None, event_session, user, now)
    if already + size > event_session.customer_limit:
        raise CustomerLimitError(limit=event_session.customer_limit)


def _keep_for_list(event_session: EventSession, categories: set[int]) -> None:
    """What is sold out: the next place that comes back is the list's before anybody else sees it."""
    listed = sorted(categories.union(event_session.listed_categories))
    if listed != event_session.listed_categories:
        event_session.listed_categories = listed
        event_session.save(update_fields=["listed_categories"])


def _list_active_of(event_session_id: int, user: User | None) -> QuerySet[WaitingEntry]:
    """Of the account, whatever address it joined with; empty for guests."""
    if user is None:
        return WaitingEntry.objects.none()
    return WaitingEntry.objects.filter(event_session=event_session_id, user=user, status__in=ACTIVE)


@transaction.atomic(durable=True)
def _remind(event_session_id: int, key: str, user: User | None, now: datetime) -> None:
    entry = _list_active_of(event_session_id, user).first()
    entry = entry or WaitingEntry.objects.filter(event_session=event_session_id, active_key=key).first()
    if entry is not None:
        publish("bookings.waiting_list_link_wanted", entry_id=entry.pk, asked_at=now.isoformat())


@transaction.atomic(durable=True)
def leave_list(*, entry_id: int, now: datetime) -> WaitingEntry:
    """Leave the list, or give an offer back to it, which is the next one's then. A repeat changes nothing.

    Raises PaymentUnderWayError.
    """
    entry = lock_waiting_entry(entry_id)
    if entry.status not in ACTIVE:
        return entry
    if entry.booking_id is not None and not _gave_back(entry.booking_id, now):
        return entry  # Booked, or lapsed: noted by the next look at the list.
    close(entry, WaitingEntry.Status.LEFT, now)
    publish("bookings.waiting_list_moved", event_session_id=entry.event_session_id)
    return entry


def _gave_back(booking_id: int, now: datetime) -> bool:
    booking = lock_booking(booking_id)
    if booking.status == Booking.Status.AWAITING_PAYMENT:
        raise PaymentUnderWayError
    if booking.status != Booking.Status.HELD:
        return False
    booking.move_to(Booking.Status.CANCELLED)
    booking.closed_at = now
    booking.save(update_fields=["status", "closed_at"])
    release_places(booking)
    return True


def accept_offer(*, entry_id: int, user: User | None, now: datetime) -> Booking:
    """The basket that was offered, for whoever has the link: it is this person's from now on.

    A repeat changes nothing. Raises OfferGoneError.
    """
    entry = WaitingEntry.objects.get(pk=entry_id)
    if entry.status != WaitingEntry.Status.OFFERED or entry.booking_id is None:
        raise OfferGoneError
    # Compare-and-set, so that no lock is needed: an offer that ends or is paid at this moment was first, or finds them.
    live = Booking.objects.filter(pk=entry.booking_id, status__in=Booking.OPEN, held_until__gt=now)
    if not live.update(buyer=user):
        raise OfferGoneError
    return Booking.objects.get(pk=entry.booking_id)


def join_again(*, entry: WaitingEntry, now: datetime) -> WaitingEntry:
    """The same party at the end of the list. Raises what join_list() raises."""
    return join_list(
        event_session_id=entry.event_session_id,
        contact=Contact(name=entry.name, phone=str(entry.phone), email=entry.email),
        party=Party(entry.party_size, entry.categories),
        user=entry.user,
        now=now,
    )
