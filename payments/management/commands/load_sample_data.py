from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bookings.sample.loading import load_event, load_venue
from bookings.sample.people import PASSWORD, PEOPLE, load_people
from bookings.sample.programme import SampleEvent, Slot, read_programme
from bookings.sample.selling import book_places, keep_house_seats, put_on_list
from bookings.sample.tournament import read_tournament
from bookings.services.sweeping import refresh_event_session
from events.models import EventSession
from payments.sample.moved_date import sell_and_move


class Command(BaseCommand):
    help = "Load the demo's people, venues and events; what is there already stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", help="the moment dates count from, for example 2030-06-01T12:00Z")

    def handle(self, *args: Any, now: str | None, **options: Any) -> None:
        moment = read_moment(now) if now else timezone.now()
        load_people()
        invented, real = read_programme(moment), read_tournament(moment)
        venues, events = invented[0] + real[0], invented[1] + real[1]
        for venue in venues:
            load_venue(venue)
        self.stdout.write(f"{len(venues)} venues are there.")
        sessions = sum(load(event, moment) for event in events)
        self.stdout.write(f"{len(events)} events are there; {sessions} sessions went on show now.")
        self.stdout.write(f"Sign in as {', '.join(person.email for person in PEOPLE)}; the password is {PASSWORD}.")


def read_moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None or timezone.is_naive(moment):
        raise CommandError(f"--now needs a moment with its zone, such as 2030-06-01T12:00Z, not {text}.")
    return moment


def load(event: SampleEvent, now: datetime) -> int:
    """How many sessions were published."""
    published = load_event(event, now)
    slots = {slot.starts_at: slot for slot in event.slots}
    for event_session in published:
        if slot := slots.get(event_session.starts_at):
            fill(event_session, slot, now)
    return len(published)


def fill(event_session: EventSession, slot: Slot, now: datetime) -> None:
    """Let people book, wait and be moved as the programme says."""
    if slot.house:
        keep_house_seats(event_session, slot.house, now)
    if slot.sold:
        book_places(event_session, slot.sold, now)
    if slot.waiting:
        put_on_list(event_session, slot.waiting, now)
    if slot.moves_to:
        sell_and_move(event_session, moves_to=slot.moves_to, reason=slot.reason, now=now)
    if slot.sold or slot.moves_to:
        refresh_event_session(event_session.pk)
