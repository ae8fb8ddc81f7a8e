"""The drawing of a hall: its geometry once per price list, the state of the seats at every call.

A seat is a checkbox inside the SVG, so it works by keyboard, with a screen reader and without
JavaScript. Only its state differs between two looks at the map, so everything else is kept ready.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import hypot
from time import monotonic

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from djmoney.money import Money

from bookings.models import Place
from bookings.selectors import get_visible_session
from events.models import EventSession, PriceTier
from venues.colors import PALETTE
from venues.models import Seat, SeatCategory, SeatingPlan, Section

SHAPES = 6


@dataclass(frozen=True)
class Offer:
    """A category with its price in one event session; `kind` chooses the form of its seats."""

    category: SeatCategory
    price: Money
    kind: int


@dataclass(frozen=True)
class StandingOffer:
    section: Section
    offer: Offer
    left: int


@dataclass(frozen=True)
class Layout:
    """Markup with one gap per seat, where its state goes: pieces[i] + state of seats[i] + ..."""

    seats: list[int]
    pieces: list[str]


@dataclass(frozen=True)
class Scene:
    """What a map shows besides the state of its seats: the same for every viewer."""

    event_session: EventSession
    offers: list[Offer]
    sections: list[Section]


def get_scene(event_session_id: int) -> Scene:
    """The scene of a session that the public may see; 404 otherwise.

    Kept in the process as long as a public page is, because everyone at a sale asks for the same one.
    What may be bought, and at which price, is decided when it is held.
    """
    if not settings.PUBLIC_PAGE_SECONDS:
        return read_scene(event_session_id)
    return kept_scene(event_session_id, int(monotonic() / settings.PUBLIC_PAGE_SECONDS))


@lru_cache(maxsize=256)
def kept_scene(event_session_id: int, _moment: int) -> Scene:
    return read_scene(event_session_id)


def read_scene(event_session_id: int) -> Scene:
    event_session = get_visible_session(event_session_id)
    return Scene(event_session=event_session, offers=list_offers(event_session), sections=list_sections(event_session))


def list_offers(event_session: EventSession) -> list[Offer]:
    """The session's categories at the price of the usual ticket type, best first."""
    offers: dict[int, Offer] = {}
    tiers = PriceTier.objects.filter(event_session=event_session).select_related("category", "ticket_type")
    for tier in tiers.order_by("category__rank", "category_id", "ticket_type__rank", "pk"):
        offers.setdefault(tier.category_id, Offer(category=tier.category, price=tier.price, kind=len(offers) % SHAPES))
    return list(offers.values())


def draw_map(
    event_session: EventSession, offers: Iterable[Offer], *, chosen: Collection[int], mine: Collection[int]
) -> SafeString:
    """The seats as they are now: taken ones disabled, `chosen` ones checked, `mine` marked as such."""
    layout = layout_of(event_session.plan_id, tuple((o.category.pk, str(o.price), o.kind) for o in offers))
    taken = set(
        Place.objects.filter(event_session=event_session, seat__isnull=False)
        .exclude(state=Place.State.FREE)
        .values_list("seat_id", flat=True)
    )
    states = dict.fromkeys(taken, " disabled")
    states.update({seat: " checked" for seat in chosen if seat not in taken})
    states.update(dict.fromkeys(mine, " disabled checked data-mine"))
    markup = [layout.pieces[0]]
    for seat, piece in zip(layout.seats, layout.pieces[1:], strict=True):
        markup += (states.get(seat, ""), piece)
    return mark_safe("".join(markup))  # noqa: S308  Every piece was escaped when it was made.


def list_sections(event_session: EventSession) -> list[Section]:
    return list(Section.objects.filter(plan=event_session.plan_id).order_by("rank", "pk"))


def list_standing(
    event_session: EventSession, sections: Iterable[Section], offers: Iterable[Offer]
) -> list[StandingOffer]:
    by_category = {offer.category.pk: offer for offer in offers}
    return [
        StandingOffer(section=section, offer=by_category[section.category_id], left=count_free(event_session, section))
        for section in sections
        if section.is_standing and section.category_id in by_category
    ]


def count_free(event_session: EventSession, section: Section) -> int:
    places = Place.objects.filter(event_session=event_session, category=section.category_id, section=section)
    return places.filter(state=Place.State.FREE).count()


@lru_cache(maxsize=64)
def layout_of(plan_id: int, prices: tuple[tuple[int, str, int], ...]) -> Layout:
    """A plan never changes once it is on sale, so a plan with these prices is drawn once a process."""
    plan = SeatingPlan.objects.get(pk=plan_id)
    offers = {category: (price, kind) for category, price, kind in prices}
    seats = (
        Seat.objects.filter(section__plan=plan)
        .select_related("section", "category")
        .order_by("section__rank", "section_id", "row_rank", "row", "position")
    )
    builder = LayoutBuilder(plan, offers)
    for _row, row in groupby(seats, key=lambda seat: (seat.section_id, seat.row)):
        builder.add_row(list(row))
    return builder.finish()


class LayoutBuilder:
    def __init__(self, plan: SeatingPlan, offers: dict[int, tuple[str, int]]) -> None:
        self.plan = plan
        self.offers = offers
        self.size = plan.seat_size
        self.seats: list[int] = []
        self.pieces: list[str] = []
        self.open = "".join(draw_shape(shape) for shape in plan.shapes)

    def add_row(self, row: list[Seat]) -> None:
        x, y = beside_the_row(row, self.size)
        self.open += (
            f'<text class="row-label" x="{number(x)}" y="{number(y)}" '
            f'font-size="{number(self.size / 2)}" aria-hidden="true">{escape(row[0].row)}</text>'
        )
        for seat in row:
            if seat.category_id in self.offers:
                self.add_seat(seat)

    def add_seat(self, seat: Seat) -> None:
        price, kind = self.offers[seat.category_id]
        label = _("%(section)s, row %(row)s, seat %(number)s, %(price)s") % {
            "section": seat.section.name,
            "row": seat.row,
            "number": seat.number,
            "price": price,
        }
        flags = [
            text
            for is_so, text in (
                (seat.is_wheelchair, _("wheelchair place")),
                (seat.is_companion, _("companion seat")),
                (seat.has_restricted_view, _("restricted view")),
            )
            if is_so
        ]
        extra = " seat--wheelchair" if seat.is_wheelchair else " seat--restricted" if seat.has_restricted_view else ""
        half = self.size / 2
        color = seat.category.color or PALETTE[kind]
        self.open += (
            f'<foreignObject x="{number(seat.x - half)}" y="{number(seat.y - half)}" width="{number(self.size)}" '
            f'height="{number(self.size)}" color="{escape(color)}">'
            f'<input type="checkbox" name="seat" value="{seat.pk}" class="seat seat--{kind}{extra}" '
            f'aria-label="{escape(", ".join([label, *flags]))}" data-category="{seat.category_id}"'
        )
        self.seats.append(seat.pk)
        self.pieces.append(self.open)
        self.open = "></foreignObject>"

    def finish(self) -> Layout:
        return Layout(seats=self.seats, pieces=[*self.pieces, self.open])


def beside_the_row(row: list[Seat], size: float) -> tuple[float, float]:
    """Where the row's name goes: one seat before the first, in the row's own direction."""
    first = row[0]
    dx, dy = (row[1].x - first.x, row[1].y - first.y) if len(row) > 1 else (1.0, 0.0)
    length = hypot(dx, dy) or 1.0
    return first.x - dx / length * size, first.y - dy / length * size


def draw_shape(shape: dict[str, object]) -> str:
    """Stage and decoration; what is not understood is left out."""
    x, y = number(shape.get("x")), number(shape.get("y"))
    kind = shape.get("kind")
    text = escape(str(shape.get("text") or ""))
    if kind == "text":
        return f'<text class="plan-text" x="{x}" y="{y}">{text}</text>'
    if kind in {"circle", "ellipse"}:
        rx = number(shape.get("rx") or shape.get("radius"))
        ry = number(shape.get("ry") or shape.get("radius"))
        label = f'<text class="plan-text" x="{x}" y="{y}">{text}</text>' if text else ""
        return f'<ellipse class="plan-shape" cx="{x}" cy="{y}" rx="{rx}" ry="{ry}"/>{label}'
    if kind in {"rectangle", "stage"}:
        width, height = number(shape.get("width")), number(shape.get("height"))
        middle = f'x="{number(float(x) + float(width) / 2)}" y="{number(float(y) + float(height) / 2)}"'
        label = f'<text class="plan-text" {middle}>{text}</text>' if text else ""
        name = "plan-stage" if kind == "stage" else "plan-shape"
        return f'<rect class="{name}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>{label}'
    if kind == "polygon" and isinstance(shape.get("points"), list):
        points = " ".join(f"{number(px)},{number(py)}" for px, py in shape["points"])  # type: ignore[attr-defined]
        return f'<polygon class="plan-shape" points="{points}"/>'
    return ""


def number(value: object) -> str:
    """Short and safe in an attribute."""
    return f"{float(value or 0):.1f}".removesuffix(".0")  # type: ignore[arg-type]


def view_box(plan: SeatingPlan) -> str:
    margin = plan.seat_size * 2
    return " ".join(
        number(value)
        for value in (plan.left - margin, plan.top - margin, plan.width + 2 * margin, plan.height + 2 * margin)
    )
