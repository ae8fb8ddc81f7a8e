"""One motif for each type of event, drawn in a box of 1200 x 470; `turn` (0 to 1) makes siblings differ.

A motif is plain SVG in `currentColor`; shades of it come from opacity, so that a poster keeps to two colours.
"""

from collections.abc import Callable
from math import cos, pi, sin

Motif = Callable[[float], str]


def rings(turn: float) -> str:
    """Sound on its way: a record, or waves round a stage."""
    x, y = 620 + 360 * turn, 250
    drawn = [
        f'<circle cx="{x:.0f}" cy="{y}" r="{radius}" fill="none" stroke="currentColor" stroke-width="{width}"/>'
        for radius, width in ((130, 34), (215, 28), (300, 22), (385, 17), (470, 12), (560, 8), (660, 5))
    ]
    return f'<circle cx="{x:.0f}" cy="{y}" r="62" fill="currentColor"/>' + "".join(drawn)


def beam(turn: float) -> str:
    """A projector's beam across the dark."""
    y = 120 + 150 * turn
    return (
        f'<path d="M150 {y:.0f} 1240 -190V{y + 420:.0f}Z" fill="currentColor" opacity=".28"/>'
        f'<path d="M150 {y:.0f} 1240 -40V{y + 240:.0f}Z" fill="currentColor" opacity=".5"/>'
        f'<circle cx="150" cy="{y:.0f}" r="112" fill="currentColor"/>'
        + "".join(
            f'<circle cx="{150 + 64 * cos(angle):.0f}" cy="{y + 64 * sin(angle):.0f}" r="23" class="a"/>'
            for angle in (pi * step / 3 for step in range(6))
        )
        + f'<circle cx="150" cy="{y:.0f}" r="15" class="a"/>'
    )


def curtain(turn: float) -> str:
    """A curtain that has begun to rise."""
    folds, width = 12, 100
    drawn = []
    for fold in range(folds):
        middle = abs(fold - (3 + 5 * turn)) / folds
        drop = 150 + 420 * middle
        shade = 1 if fold % 2 == 0 else 0.62
        drawn.append(
            f'<path d="M{fold * width} -10h{width}v{drop:.0f}a{width / 2:.0f} {width / 2:.0f} 0 0 1 -{width} 0z" '
            f'fill="currentColor" opacity="{shade}"/>'
        )
    return "".join(drawn)


def track(turn: float) -> str:
    """Lanes of a track, and the ball above them."""
    lanes = "".join(
        f'<path d="M-60 {470 + lane * 62}C300 {340 + lane * 62} 620 {120 + lane * 74} 1260 {60 + lane * 92}" '
        f'fill="none" stroke="currentColor" stroke-width="{26 - lane * 2}" opacity="{1 - lane * 0.13:.2f}"/>'
        for lane in range(6)
    )
    return lanes + f'<circle cx="{240 + 380 * turn:.0f}" cy="150" r="104" fill="currentColor"/>'


def dots(turn: float) -> str:
    """A room of people, seen from above; one point of view draws the others."""
    focus = 2 + 12 * turn
    drawn = []
    for row in range(6):
        for column in range(15):
            distance = ((column - focus) ** 2 + (row - 2.5) ** 2) ** 0.5
            radius = max(7.0, 37 - distance * 4.4)
            drawn.append(f'<circle cx="{60 + column * 78}" cy="{42 + row * 78}" r="{radius:.0f}"/>')
    return f'<g fill="currentColor">{"".join(drawn)}</g>'


def smile(turn: float) -> str:
    """A grin that fills the room."""
    x = 430 + 340 * turn
    return (
        f'<path d="M{x - 330:.0f} 190a330 330 0 0 0 660 0z" fill="currentColor"/>'
        f'<circle cx="{x - 170:.0f}" cy="80" r="56" fill="currentColor"/>'
        f'<circle cx="{x + 170:.0f}" cy="80" r="56" fill="currentColor"/>'
    )


def steps(turn: float) -> str:
    """Figures in a line, each a little further into the turn."""
    return "".join(
        f'<path d="M{60 + step * 190} 470a{150} {300 - step * 18} {10 + 60 * turn:.0f} 0 1 150 -{410 - step * 30}" '
        f'fill="none" stroke="currentColor" stroke-width="{46 - step * 5}" stroke-linecap="round" '
        f'opacity="{1 - step * 0.12:.2f}"/>'
        for step in range(6)
    )


def sunburst(turn: float) -> str:
    """The lights of the house."""
    x, y, rays = 400 + 420 * turn, 470, 15
    drawn = []
    for ray in range(rays):
        start, end = pi * ray / rays, pi * (ray + 0.52) / rays
        drawn.append(
            f'<path d="M{x:.0f} {y} {x - 1300 * cos(start):.0f} {y - 1300 * sin(start):.0f} '
            f'{x - 1300 * cos(end):.0f} {y - 1300 * sin(end):.0f}Z" fill="currentColor" opacity=".55"/>'
        )
    return "".join(drawn) + f'<circle cx="{x:.0f}" cy="{y}" r="190" fill="currentColor"/>'


def arches(turn: float) -> str:
    """Rooms that open one after another."""
    drawn = []
    for index, width in enumerate((520, 400, 290, 190, 100)):
        left, top, radius = 120 + 440 * turn + (520 - width) / 2, 250 - width * 0.1, width / 2
        fill = 'fill="currentColor"' if index % 2 == 0 else 'class="a"'
        drawn.append(f'<path d="M{left:.0f} 480V{top:.0f}a{radius:.0f} {radius:.0f} 0 0 1 {width} 0V480z" {fill}/>')
    return "".join(drawn)


MOTIFS: dict[str, Motif] = {
    "concert": rings,
    "music": rings,
    "movie": beam,
    "film": beam,
    "cinema": beam,
    "theatre": curtain,
    "theater": curtain,
    "opera": curtain,
    "sports": track,
    "sport": track,
    "match": track,
    "conference": dots,
    "talk": dots,
    "comedy": smile,
    "dance": steps,
    "ballet": steps,
    "exhibition": arches,
    "museum": arches,
}


def get_motif(type_slug: str) -> Motif:
    """The type's own, by any word of its slug; the house lights for the rest."""
    words = [type_slug, *type_slug.split("-")]
    names = [*words, *(word.removesuffix("s") for word in words)]
    return next((MOTIFS[name] for name in names if name in MOTIFS), sunburst)
