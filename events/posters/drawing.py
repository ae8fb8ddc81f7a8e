"""Posters for events that have no picture: bold type, two colours, one motif, always the same for a title."""

from dataclasses import dataclass
from zlib import crc32

from django.urls import reverse
from django.utils.html import escape

from events.models import Event
from events.posters.motifs import get_motif

# A new look needs a new number: posters are cached for a year under it.
EDITION = 1


@dataclass(frozen=True)
class Colours:
    ground: str
    motif: str
    text: str


PALETTE = [
    Colours("#1f2a5a", "#ff7a59", "#fff5ea"),
    Colours("#b92c1b", "#ffd166", "#fff6e6"),
    Colours("#0f4c4a", "#f6c453", "#f7f3e3"),
    Colours("#f4b942", "#7a1f3d", "#2b0f1a"),
    Colours("#f2e3cf", "#d1495b", "#2b2118"),
    Colours("#3b1c4a", "#f28ab2", "#fdf0f6"),
    Colours("#ec6a3f", "#1c2541", "#170d08"),
    Colours("#22314a", "#8fd6c2", "#f1f7f4"),
    Colours("#b7d3c0", "#1f5135", "#12261b"),
    Colours("#171412", "#fbbf24", "#faf7f2"),
    Colours("#9fcdea", "#1b3a6b", "#0e1f3b"),
    Colours("#5b1a28", "#f0a48a", "#fdefe8"),
]

FONT = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
SIZES = (132, 116, 100, 88, 76, 66, 58, 50, 44)
NARROW, WIDE = frozenset("iljtfrI.,:;'’!|()[] "), frozenset("mwMW@—")


@dataclass(frozen=True)
class Shape:
    width: int
    height: int
    lines: int


CARD = Shape(1200, 800, 3)
BANNER = Shape(1600, 560, 0)
TILE = Shape(1200, 560, 0)


def poster_url(event: Event, *, banner: bool = False) -> str:
    """The poster's address; it changes when the poster does, so it may be kept for ever."""
    edition = crc32(f"{EDITION} {event.title} {event.event_type.slug}".encode())
    shape = "&shape=banner" if banner else ""
    return f"{reverse('events:poster', args=[event.slug])}?v={edition:08x}{shape}"


def draw_poster(title: str, type_name: str, type_slug: str, shape: Shape = CARD) -> str:
    """An SVG of this shape; `title` and `type_name` are plain text. A shape without lines is the motif alone."""
    seed = crc32(title.encode())
    colours = PALETTE[seed % len(PALETTE)]
    if not shape.lines:
        return frame(shape, colours, draw_motif(type_slug, seed, shape, shape.height))
    size, lines = fit(title, width=shape.width - 144, most_lines=shape.lines)
    bottom = shape.height - 72
    line_height = size * 1.04
    first = bottom - line_height * (len(lines) - 1)
    horizon = first - size - 70
    spans = "".join(
        f'<text x="72" y="{first + index * line_height:.0f}">{escape(line)}</text>' for index, line in enumerate(lines)
    )
    return frame(
        shape,
        colours,
        f"{draw_motif(type_slug, seed, shape, horizon)}"
        f'<text class="k" x="74" y="{first - size - 6:.0f}">{escape(type_name)}</text>'
        f'<g class="t" font-size="{size}" letter-spacing="{-size * 0.028:.1f}">{spans}</g>',
    )


def draw_type_tile(type_slug: str) -> str:
    """The motif alone, for choosing a type."""
    seed = crc32(type_slug.encode())
    return frame(TILE, PALETTE[seed % len(PALETTE)], draw_motif(type_slug, seed, TILE, TILE.height))


def draw_motif(type_slug: str, seed: int, shape: Shape, horizon: float) -> str:
    turn = (seed >> 8) % 100 / 100
    scale = max(shape.width / 1200, horizon / 470)
    drawn = get_motif(type_slug)(turn)
    inner = f'<g transform="scale({scale:.3f})">{drawn}</g>'
    return f'<svg class="m" width="{shape.width}" height="{horizon:.0f}">{inner}</svg>'


def frame(shape: Shape, colours: Colours, content: str) -> str:
    style = (
        f"svg{{background:{colours.ground}}}.m{{color:{colours.motif}}}.a{{fill:{colours.ground}}}"
        f"text{{font-family:{FONT};fill:{colours.text}}}.t{{font-weight:800}}.k{{font-size:34px;font-weight:600;fill:{colours.text}}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {shape.width} {shape.height}">'
        f"<style>{style}</style>"
        f'<rect width="{shape.width}" height="{shape.height}" fill="{colours.ground}"/>{content}</svg>'
    )


def fit(title: str, *, width: float, most_lines: int) -> tuple[int, list[str]]:
    """The largest size at which the title fits, and its lines; a title too long for any is cut."""
    for size in SIZES:
        lines = wrap(title, width / size)
        if len(lines) <= most_lines and all(estimate_width(line) <= width / size for line in lines):
            return size, lines
    size = SIZES[-1]
    lines = wrap(title, width / size)[:most_lines]
    room = int(width / size / 0.62)
    return size, [line if len(line) <= room else f"{line[: room - 1]}…" for line in lines]


def wrap(title: str, width: float) -> list[str]:
    """Greedy lines of at most `width` em; a longer word has a line of its own."""
    lines: list[str] = []
    for word in title.split():
        if lines and estimate_width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def estimate_width(text: str) -> float:
    """Roughly the width in em in the heaviest of the fonts that may be used."""
    return sum(map(char_width, text))


def char_width(char: str) -> float:
    if char in NARROW:
        return 0.35
    if char in WIDE:
        return 0.95
    if ord(char) > 0x2E80:
        return 1.05
    return 0.72 if char.isupper() else 0.6
