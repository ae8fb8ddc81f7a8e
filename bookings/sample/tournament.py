"""A few matches of a real tournament in their real stadiums, moved into the days ahead."""

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.text import slugify

from bookings.sample.plans import BOWL_CAPACITY, FOLDER
from bookings.sample.programme import SampleEvent, SampleVenue, Slot, local_moment, share_out

LEAD = timedelta(days=14)
OPENING_MATCHES = 5
# The file knows offsets only; these are the zones behind them, by the city named first.
ZONES = {
    "Vancouver": "America/Vancouver",
    "Seattle": "America/Los_Angeles",
    "San Francisco Bay Area": "America/Los_Angeles",
    "Los Angeles": "America/Los_Angeles",
    "Guadalajara": "America/Mexico_City",
    "Mexico City": "America/Mexico_City",
    "Monterrey": "America/Monterrey",
    "Houston": "America/Chicago",
    "Dallas": "America/Chicago",
    "Kansas City": "America/Chicago",
    "Atlanta": "America/New_York",
    "Miami": "America/New_York",
    "Toronto": "America/Toronto",
    "Boston": "America/New_York",
    "Philadelphia": "America/New_York",
    "New York/New Jersey": "America/New_York",
}
CURRENCY = {"us": "USD", "ca": "CAD", "mx": "MXN"}
PRICES = {
    "USD": {"Along the pitch": "210", "Corners": "170", "Behind the goals": "140", "Fan terrace": "75"},
    "CAD": {"Along the pitch": "280", "Corners": "230", "Behind the goals": "190", "Fan terrace": "95"},
    "MXN": {"Along the pitch": "3800", "Corners": "3100", "Behind the goals": "2600", "Fan terrace": "1300"},
}
FEES = {"USD": "5", "CAD": "6", "MXN": "90"}
# The final is played in a hall of many sections, the others in one that fits on a screen.
SMALL, LARGE = "stadium", "bowl"
CATEGORIES = {
    SMALL: ("Along the pitch", "Behind the goals", "Fan terrace"),
    LARGE: ("Along the pitch", "Corners", "Behind the goals"),
}
OPEN_STANDS = {
    SMALL: "only the lower stands and the fan terrace",
    LARGE: f"the lower tier, {BOWL_CAPACITY:,} seats on all four sides",
}
SHARES = {"Adult": Decimal(1), "Child": Decimal("0.5")}
DEGREES = re.compile(
    r"""(?P<degrees>\d+(?:\.\d+)?)°"""
    r"""(?:(?P<minutes>\d+)')?(?:(?P<seconds>\d+(?:\.\d+)?)")?(?P<side>[NSEW])"""
)


def read_tournament(now: datetime) -> tuple[list[SampleVenue], list[SampleEvent]]:
    """The first match in each of five stadiums, and the final, from two weeks after `now` on.

    Dates move by whole weeks, so that a match keeps its weekday and its local time.
    """
    stadiums = {stadium["city"]: stadium for stadium in read_json("worldcup.stadiums.json")["stadiums"]}
    matches = choose_matches(read_json("worldcup.json")["matches"])
    shift = weeks_ahead(date.fromisoformat(matches[0]["date"]), now)
    grounds = {match["ground"]: stadiums[match["ground"]] for match in matches}
    plans = dict.fromkeys(grounds, SMALL) | {matches[-1]["ground"]: LARGE}
    venues = [read_stadium(stadium, plans[ground]) for ground, stadium in grounds.items()]
    events = [read_match(match, grounds[match["ground"]], plans[match["ground"]], shift) for match in matches]
    return venues, events


def read_json(name: str) -> Any:
    return json.loads((FOLDER / "worldcup-2026" / name).read_text(encoding="utf-8"))


def choose_matches(matches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_date = sorted(matches, key=lambda match: (match["date"], match["time"]))
    first_at: dict[str, dict[str, Any]] = {}
    for match in by_date:
        first_at.setdefault(match["ground"], match)
    return [*list(first_at.values())[:OPENING_MATCHES], by_date[-1]]


def weeks_ahead(first: date, now: datetime) -> timedelta:
    """Whole weeks by which the first match comes to lie at least the lead ahead."""
    days = ((now + LEAD).date() - first).days
    return timedelta(weeks=-(-days // 7))


def zone_of(city: str) -> str:
    return ZONES[city.split(" (", maxsplit=1)[0]]


def read_stadium(stadium: dict[str, Any], plan: str) -> SampleVenue:
    latitude, longitude = read_coordinates(stadium["coords"])
    fields = {
        "name": stadium["name"],
        "city": stadium["city"],
        "country": stadium["cc"].upper(),
        "time_zone": zone_of(stadium["city"]),
        "latitude": latitude,
        "longitude": longitude,
    }
    return SampleVenue(slugify(stadium["name"]), fields, {"Bowl": plan})


def read_coordinates(text: str) -> tuple[Decimal, Decimal]:
    """49°16'36"N 123°6'43"W or 37.403°N 121.970°W, as signed degrees to six digits."""
    latitude, longitude = (to_degrees(found) for found in DEGREES.finditer(text))
    return latitude, longitude


def to_degrees(found: re.Match[str]) -> Decimal:
    parts = (Decimal(found[name] or 0) for name in ("degrees", "minutes", "seconds"))
    degrees = sum((part / 60**power for power, part in enumerate(parts)), Decimal(0))
    signed = -degrees if found["side"] in "SW" else degrees
    return signed.quantize(Decimal("0.000001"))


def read_match(match: dict[str, Any], stadium: dict[str, Any], plan: str, shift: timedelta) -> SampleEvent:
    teams = f"{match['team1']} – {match['team2']}"
    currency = CURRENCY[stadium["cc"]]
    venue = read_stadium(stadium, plan)
    day = date.fromisoformat(match["date"]) + shift
    stage = match.get("group") or match["round"]
    return SampleEvent(
        slug=slugify(f"{match['team1']} {match['team2']} {stage}"),
        title=teams,
        kind="sports",
        venue=venue.slug,
        hall="Bowl",
        summary=f"{stage} at {stadium['name']}, {stadium['city']}.",
        description=describe(match, stadium, stage, plan),
        minutes=120,
        currency=currency,
        fee=Decimal(FEES[currency]),
        tags=["football", "tournament"],
        prices={name: share_out(Decimal(PRICES[currency][name]), SHARES) for name in CATEGORIES[plan]},
        slots=[Slot(local_moment(day, match["time"].split(" ")[0], venue.zone))],
        customer_limit=6,
    )


def describe(match: dict[str, Any], stadium: dict[str, Any], stage: str, plan: str) -> str:
    return (
        f"{match['team1']} against {match['team2']}: {stage} of the tournament, played under open skies and loud "
        f"songs in a stadium for {stadium['capacity']:,} people.\n\n"
        f"This demonstration opens {OPEN_STANDS[plan]}. The fixture is real, its date has "
        "been moved. Gates open 90 minutes before kick-off; bags larger than a sheet of paper stay outside."
    )
