"""What the sample data say, read from the programme file: venues, events and their dates."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bookings.sample.plans import FOLDER


@dataclass(frozen=True, slots=True)
class SampleVenue:
    slug: str
    fields: dict[str, Any]
    halls: dict[str, str]  # Name of the hall -> name of its plan.

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.fields["time_zone"])


@dataclass(frozen=True, slots=True)
class Slot:
    """`sold` places are booked as a customer does, where they are free; `house` seats are kept from sale; `waiting`
    are the parties on the list of a session that is sold out by then. One that `moves_to` a later time has customers
    who paid for the first one, and whom the `reason` is told.
    """

    starts_at: datetime
    sold: int = 0
    house: int = 0
    waiting: tuple[int, ...] = ()
    moves_to: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SampleEvent:
    slug: str
    title: str
    kind: str
    venue: str
    hall: str
    summary: str
    description: str
    minutes: int
    currency: str
    fee: Decimal
    tags: list[str]
    prices: dict[str, dict[str, Decimal]]  # Category -> ticket type -> price.
    slots: list[Slot]
    age_rating: str = ""
    customer_limit: int = 10
    opens_in_days: int = -14
    avoids_single_gaps: bool = False
    presale_code: str = ""  # Opens booking before it opens for everybody.
    free_hours: int = 24  # Cancelling is free until so many hours before the start, then costs half.


def read_programme(now: datetime) -> tuple[list[SampleVenue], list[SampleEvent]]:
    """The venues and events of the file, dated from `now`; dates that have begun are left out."""
    content = tomllib.loads((FOLDER / "programme.toml").read_text(encoding="utf-8"))
    venues = [read_venue(entry) for entry in content["venues"]]
    zones = {venue.slug: venue.zone for venue in venues}
    shares = {name: Decimal(share) for name, share in content["shares"].items()}
    return venues, [read_event(entry, zones, shares, now) for entry in content["events"]]


def read_venue(entry: dict[str, Any]) -> SampleVenue:
    fields = {key: value for key, value in entry.items() if key not in {"slug", "halls"}}
    fields |= {key: Decimal(fields[key]) for key in ("latitude", "longitude")}
    return SampleVenue(entry["slug"], fields, entry["halls"])


def read_event(
    entry: dict[str, Any], zones: dict[str, ZoneInfo], shares: dict[str, Decimal], now: datetime
) -> SampleEvent:
    venue, hall = entry["hall"].split("/")
    prices = {
        category: share_out(Decimal(price), {name: shares[name] for name in entry["types"]})
        for category, price in entry["prices"].items()
    }
    return SampleEvent(
        slug=entry["slug"],
        title=entry["title"],
        kind=entry["type"],
        venue=venue,
        hall=hall,
        summary=entry["summary"],
        description=entry["description"],
        minutes=entry["minutes"],
        currency=entry["currency"],
        fee=Decimal(entry["fee"]),
        tags=entry["tags"],
        prices=prices,
        slots=[slot for slot in read_slots(entry, zones[venue], now) if slot.starts_at > now],
        age_rating=entry.get("age_rating", ""),
        presale_code=entry.get("presale_code", ""),
        customer_limit=entry.get("customer_limit", 10),
        opens_in_days=entry.get("opens_in_days", -14),
        avoids_single_gaps=entry.get("avoids_single_gaps", False),
        free_hours=entry.get("free_hours", 24),
    )


def share_out(price: Decimal, shares: dict[str, Decimal]) -> dict[str, Decimal]:
    """Each ticket type's part of an adult's price, to the half."""
    return {name: (price * share * 2).quantize(Decimal(1)) / 2 for name, share in shares.items()}


def read_slots(entry: dict[str, Any], zone: ZoneInfo, now: datetime) -> list[Slot]:
    today = now.astimezone(zone).date()
    slots = [read_slot(each, zone, today) for each in entry.get("sessions", [])]
    daily = entry.get("daily", {"first": 0, "days": 0, "at": []})
    for day in range(daily["first"], daily["first"] + daily["days"]):
        slots += [Slot(local_moment(today + timedelta(days=day), at, zone)) for at in daily["at"]]
    return slots


def read_slot(each: dict[str, Any], zone: ZoneInfo, today: date) -> Slot:
    moves_on = each.get("moves_on")
    return Slot(
        local_moment(today + timedelta(days=each["day"]), each["at"], zone),
        sold=each.get("sold", 0),
        house=each.get("house", 0),
        waiting=tuple(each.get("waiting", [])),
        moves_to=None if moves_on is None else local_moment(today + timedelta(days=moves_on), each["at"], zone),
        reason=each.get("reason", ""),
    )


def local_moment(day: date, at: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), zone)
