"""The seating plans of the sample halls, by the names the programme uses."""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings

from venues.colors import PALETTE
from venues.plans.arrange import centred_at, section_title, stacked, turned
from venues.plans.capacity import plan_from_capacity
from venues.plans.draft import SEAT_SIZE, Bounds, CategoryDraft, PlanDraft, SectionDraft, Shape, standing_floor
from venues.plans.grid import Band, Grid, Numbering, draft_grid
from venues.plans.json_format import read_plan_json
from venues.plans.stadium.drawing import draw_stadium
from venues.plans.svg.reading import read_plan_svg

FOLDER = settings.BASE_DIR / "sample_data"
BOWL_CAPACITY = 17_000


def concert_hall() -> PlanDraft:
    content = (FOLDER / "concert-hall" / "seating-plan-hall.json").read_bytes()
    return read_plan_json(content, name="In the round", is_recolored=True)


def studio() -> PlanDraft:
    bands = [Band("Front rows", 3), Band("Back rows", 3)]
    return draft_grid("End stage", Grid(rows=6, columns=10, section="Studio", aisles=[5], bands=bands))


def cinema() -> PlanDraft:
    grid = Grid(
        rows=9,
        columns=16,
        section="Saal 1",
        aisles=[4, 12],
        numbering=Numbering.LEFT,
        bands=[Band("Parkett", 6), Band("Loge", 3)],
        cross_aisles=[6],
        stage="Screen",
        wheelchair=["F1", "F2", "F15", "F16"],
        companion=["F3", "F14"],
    )
    return draft_grid("Saal 1", grid)


def conference() -> PlanDraft:
    return plan_from_capacity("Rows", 300, seated=True, section="Seats")


def workshop() -> PlanDraft:
    return plan_from_capacity("Workshop", 48, seated=True, section="Seats", stage="Screen")


def club() -> PlanDraft:
    floor = plan_from_capacity("Floor", 260, section="Floor")
    gallery = Grid(rows=2, columns=20, section="Gallery", aisles=[10], stage="", bands=[Band("Gallery", 2, PALETTE[1])])
    return stacked("Floor and gallery", [floor, draft_grid("Gallery", gallery)])


def auditorium() -> PlanDraft:
    stalls = Grid(rows=8, columns=16, section="Stalls", aisles=[8], wheelchair=["H1", "H16"], companion=["H2", "H15"])
    circle = Grid(rows=4, columns=18, section="Circle", aisles=[9], stage="", bands=[Band("Circle", 4, PALETTE[1])])
    return stacked("Auditorium", [draft_grid("Stalls", stalls), draft_grid("Circle", circle)])


def cellar() -> PlanDraft:
    return plan_from_capacity("Tables", 70, seated=True, section="Tables")


def family_theatre() -> PlanDraft:
    bands = [Band("Cushions", 2), Band("Benches", 6)]
    grid = Grid(rows=8, columns=10, section="Theatre", bands=bands, wheelchair=["H1", "H10"], companion=["H2", "H9"])
    return draft_grid("Puppet stage", grid)


def bookshop() -> PlanDraft:
    return draft_grid("Chairs", Grid(rows=3, columns=4, section="Chairs", stage="Guitar"))


def jazz_room() -> PlanDraft:
    tables = Grid(rows=4, columns=12, section="Tables", aisles=[6])
    bar = plan_from_capacity("Bar", 24, section="Bar", stage="")
    bar = replace(bar, categories=(CategoryDraft("Bar", PALETTE[1]),))
    return stacked("Tables and bar", [draft_grid("Tables", tables), bar])


def stadium() -> PlanDraft:
    """The lower stands on four sides of a pitch, and a terrace behind one goal."""
    long_side = Grid(rows=8, columns=36, aisles=[12, 24], stage="")
    short_side = Grid(rows=6, columns=20, aisles=[10], stage="")
    stands = [
        stand("North stand", "Along the pitch", long_side, 2, (0, -380)),
        stand("East stand", "Behind the goals", short_side, 3, (700, 0)),
        stand("South stand", "Along the pitch", long_side, 0, (0, 380)),
        stand("West stand", "Behind the goals", short_side, 1, (-700, 0)),
    ]
    terrace = SectionDraft("Fan terrace", capacity=150, category="Fan terrace", box=Bounds(-1060, -200, -860, 200))
    pitch = {"kind": "stage", "x": -525.0, "y": -200.0, "width": 1050.0, "height": 400.0, "text": "Pitch"}
    titles = [
        section_title(stands[0], SEAT_SIZE),
        section_title(stands[1], SEAT_SIZE),
        under(stands[2]),
        section_title(stands[3], SEAT_SIZE),
    ]
    categories = ("Along the pitch", "Behind the goals", "Fan terrace")
    return PlanDraft(
        name="Lower stands",
        categories=tuple(CategoryDraft(name, PALETTE[rank]) for rank, name in enumerate(categories)),
        sections=(*stands, terrace),
        shapes=(pitch, standing_floor(terrace), *titles),
    )


def bowl() -> PlanDraft:
    """The lower tier of a real stadium: too many seats to be seen at once."""
    return read_plan_svg(draw_stadium(BOWL_CAPACITY, name="Lower tier").encode()).draft


def stand(name: str, category: str, grid: Grid, quarters: int, at: tuple[float, float]) -> SectionDraft:
    """Its front row faces the pitch."""
    section = draft_grid(name, replace(grid, section=name, bands=[Band(category, grid.rows)])).sections[0]
    return centred_at(turned(section, quarters), *at, seat_size=0)


def under(section: SectionDraft) -> Shape:
    return section_title(section, SEAT_SIZE) | {"y": section.bounds(SEAT_SIZE).bottom + SEAT_SIZE}


PLANS: dict[str, Callable[[], PlanDraft]] = {
    plan.__name__: plan
    for plan in (
        concert_hall,
        studio,
        cinema,
        conference,
        workshop,
        club,
        auditorium,
        cellar,
        family_theatre,
        bookshop,
        jazz_room,
        stadium,
        bowl,
    )
}
