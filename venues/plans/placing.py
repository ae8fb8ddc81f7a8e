"""Three ways to put blocks around a stage: side by side, on arcs, or straight and turned to it.

Distances are from the middle of the foremost row, the stage lying above it. Where a block stands
within its tier is a length for straight tiers and an angle, clockwise seen from behind, for others.
"""

import math
from enum import StrEnum
from typing import Protocol

from venues.plans.rows import AISLE, PITCH

Point = tuple[float, float]


class RowShape(StrEnum):
    STRAIGHT = "straight"
    CURVED = "curved"
    FANNED = "fanned"


class Placing(Protocol):
    def room(self, half_width: float, start: float, depth: float) -> float:
        """By how much wider than at its front a block at `start` may be at a depth behind that."""

    def extent(self, half_width: float, depth: float) -> float:
        """What a row takes of its tier."""

    def gap(self, depth: float) -> float:
        """An aisle between two blocks of a tier."""

    def point(self, at: float, along: float, start: float, depth: float) -> Point: ...

    def angle(self, at: float) -> float:
        """How far words at a place are turned, in degrees clockwise."""


class Straight:
    def room(self, half_width: float, start: float, depth: float) -> float:
        return 0.0

    def extent(self, half_width: float, depth: float) -> float:
        return 2 * half_width

    def gap(self, depth: float) -> float:
        return AISLE

    def point(self, at: float, along: float, start: float, depth: float) -> Point:
        return at + along, start + depth

    def angle(self, at: float) -> float:
        return 0.0


class Curved:
    """Rows are arcs about one centre, `radius` in front of the foremost row."""

    def __init__(self, radius: float) -> None:
        self.radius = radius

    def room(self, half_width: float, start: float, depth: float) -> float:
        return 2 * half_width * depth / (self.radius + start)

    def extent(self, half_width: float, depth: float) -> float:
        return 2 * half_width / (self.radius + depth)

    def gap(self, depth: float) -> float:
        return AISLE / (self.radius + depth)

    def point(self, at: float, along: float, start: float, depth: float) -> Point:
        distance = self.radius + start + depth
        turn = at + along / distance
        return distance * math.sin(turn), distance * math.cos(turn) - self.radius

    def angle(self, at: float) -> float:
        return -math.degrees(at)


class Fanned(Curved):
    """Rows stay straight; each block is turned about the same centre as a whole."""

    def room(self, half_width: float, start: float, depth: float) -> float:
        return 2 * half_width * depth / (self.radius + start - PITCH / 2)

    def extent(self, half_width: float, depth: float) -> float:
        return 2 * math.atan(half_width / (self.radius + depth - PITCH / 2))

    def point(self, at: float, along: float, start: float, depth: float) -> Point:
        distance = self.radius + start + depth
        return (
            along * math.cos(at) + distance * math.sin(at),
            distance * math.cos(at) - along * math.sin(at) - self.radius,
        )
