"""A queue's last hours as a picture of lines, and the numbers it is drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext_lazy as _

from ticketing.dates import say_time
from waitingroom.models import QueueMinute

WIDTH, HEIGHT = 640, 160
MOST_MINUTES = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One figure over time; `points` as SVG wants them, in a box of WIDTH by HEIGHT."""

    name: str
    label: str
    points: str
    most: int
    last: int


@dataclass(frozen=True, slots=True)
class Row:
    clock: str
    waiting: int
    active: int
    admitted: int
    abandoned: int


@dataclass(frozen=True, slots=True)
class Chart:
    lines: list[Line]
    rows: list[Row]
    width: int = WIDTH
    height: int = HEIGHT


def draw_chart(minutes: Sequence[QueueMinute], zone: tzinfo) -> Chart:
    """Each line has a scale of its own: thousands wait while dozens choose. The newest row comes first."""
    rows = [make_row(before, minute, zone) for before, minute in zip([None, *minutes], minutes, strict=False)]
    names = [("waiting", _("Waiting")), ("active", _("Choosing seats")), ("admitted", _("Let in this minute"))]
    times = [minute.minute for minute in minutes]
    lines = [draw_line(name, str(label), [getattr(row, name) for row in rows], times) for name, label in names]
    return Chart(lines=lines if rows else [], rows=rows[::-1])


def make_row(before: QueueMinute | None, minute: QueueMinute, zone: tzinfo) -> Row:
    """What happened within the minute, from totals that only grow."""
    admitted = minute.admitted - before.admitted if before else 0
    abandoned = minute.abandoned - before.abandoned if before else 0
    return Row(say_time(minute.minute, zone), minute.waiting, minute.active, max(0, admitted), max(0, abandoned))


def draw_line(name: str, label: str, values: Sequence[int], times: Sequence[datetime]) -> Line:
    most = max(values, default=0)
    span = (times[-1] - times[0]).total_seconds() if times else 0
    points = [
        f"{WIDTH * (moment - times[0]).total_seconds() / (span or 1):.0f},{HEIGHT - HEIGHT * value / (most or 1):.0f}"
        for value, moment in zip(values, times, strict=True)
    ]
    return Line(name, label, " ".join(points), most, values[-1] if values else 0)
