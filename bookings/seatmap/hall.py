"""What is in front of the customer: the whole plan, an overview of its sections, or one section."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field

from django.utils.safestring import SafeString, mark_safe

from bookings.availability import Moment
from bookings.seating.occupancy import taken_seats
from bookings.seatmap.layouts import Layout, get_plan_layout, get_section_layout
from bookings.seatmap.overview import draw_overview
from bookings.seatmap.scene import Scene, title_of
from venues.models import Section


@dataclass(frozen=True)
class HallView:
    """`kind` is plan, overview or section; `src` is the address of the same view as a fragment, if it has one.

    `before` and `after` are a section's neighbours on the tour through all of them.
    """

    scene: Scene = field(repr=False)
    kind: str
    version: int
    view_box: str
    markup: SafeString
    src: str = ""
    section: Section | None = None
    before: Section | None = None
    after: Section | None = None
    seat_ids: Collection[int] = field(default=(), repr=False)

    @property
    def title(self) -> str:
        return title_of(self.section) if self.section else ""

    @property
    def any_section_path(self) -> str:
        """With 0 for the section's key."""
        return self.scene.section_path(0)

    @property
    def neighbours(self) -> list[tuple[str, Section, str, str]]:
        """Their relation, section, title and address as a fragment."""
        both = (("prev", self.before), ("next", self.after))
        path = self.scene.section_path
        return [(relation, section, title_of(section), path(section.pk)) for relation, section in both if section]


@dataclass(frozen=True)
class Viewer:
    """What one customer sees otherwise than everyone: their choice, and the seats in their basket."""

    chosen: Collection[int] = ()
    mine: Collection[int] = ()

    def states(self, taken: Container[int]) -> dict[int, str]:
        states = {seat: " checked" for seat in self.chosen if seat not in taken}
        return states | dict.fromkeys(self.mine, " disabled checked data-mine")


NOBODY = Viewer()


def view_hall(scene: Scene, moment: Moment, *, section_id: int | None = None, viewer: Viewer = NOBODY) -> HallView:
    """The wanted view; a small plan is always shown whole. Raises Http404 for a section it does not have."""
    if not scene.is_large:
        return view_plan(scene, moment, viewer)
    if section_id is None:
        return view_overview(scene, moment)
    return view_section(scene, moment, scene.get_section(section_id), viewer)


def view_plan(scene: Scene, moment: Moment, viewer: Viewer = NOBODY) -> HallView:
    layout = get_plan_layout(scene)
    taken = set(taken_seats(scene.event_session.pk, scene.plan.pk))
    return HallView(
        scene=scene,
        kind="plan",
        version=moment.shared_version,
        view_box=layout.view_box,
        markup=fill(layout, taken, viewer.states(taken)),
        seat_ids=layout.seats,
    )


def view_overview(scene: Scene, moment: Moment) -> HallView:
    view_box, markup = draw_overview(scene)
    return HallView(
        scene=scene,
        kind="overview",
        version=moment.shared_version,
        view_box=view_box,
        markup=mark_safe(markup),  # noqa: S308  Every text was escaped when it was drawn.
        src=scene.overview_path,
    )


def view_section(scene: Scene, moment: Moment, section: Section, viewer: Viewer = NOBODY) -> HallView:
    layout = get_section_layout(scene, section)
    taken = taken_seats(scene.event_session.pk, scene.plan.pk).in_section(section.pk)
    before, after = neighbours(scene.parts.seated, section)
    return HallView(
        scene=scene,
        kind="section",
        version=moment.shared_version,
        view_box=layout.view_box,
        markup=fill(layout, taken, viewer.states(taken)),
        src=scene.section_path(section.pk),
        section=section,
        before=before,
        after=after,
        seat_ids=layout.seats,
    )


def fill(layout: Layout, taken: Container[int], states: Mapping[int, str]) -> SafeString:
    return mark_safe(layout.fill(taken, states).decode())  # noqa: S308  Escaped when it was laid out.


def neighbours(sections: list[Section], section: Section) -> tuple[Section | None, Section | None]:
    """The ones before and after in the plan's order, round and round; none where it is alone."""
    if len(sections) < 2:
        return None, None
    at = sections.index(section)
    return sections[at - 1], sections[(at + 1) % len(sections)]
