"""Affine transforms, as SVG writes them: x' = a x + c y + e, y' = b x + d y + f."""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from venues.plans.draft import Spot

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
CALL = re.compile(r"\s*,?\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)\s*")


class Matrix(NamedTuple):
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def then(self, inner: "Matrix") -> "Matrix":
        """The transform of something drawn inside: first `inner`, then this one."""
        a, b, c, d, e, f = self
        return Matrix(
            a * inner.a + c * inner.b,
            b * inner.a + d * inner.b,
            a * inner.c + c * inner.d,
            b * inner.c + d * inner.d,
            a * inner.e + c * inner.f + e,
            b * inner.e + d * inner.f + f,
        )

    def at(self, x: float, y: float) -> Spot:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def is_upright(self) -> bool:
        """Whether a rectangle stays one with level sides."""
        return math.isclose(self.b, 0, abs_tol=1e-9) and math.isclose(self.c, 0, abs_tol=1e-9)

    @property
    def keeps_circles(self) -> bool:
        return math.isclose(self.a * self.c + self.b * self.d, 0, abs_tol=1e-6) and math.isclose(
            math.hypot(self.a, self.b), math.hypot(self.c, self.d), rel_tol=1e-6
        )

    @property
    def turn(self) -> float:
        """In degrees, clockwise."""
        return math.degrees(math.atan2(self.b, self.a))

    @property
    def size(self) -> float:
        """By how much lengths grow, on average."""
        return math.sqrt(abs(self.a * self.d - self.b * self.c))


IDENTITY = Matrix()


def translate(x: float, y: float = 0.0) -> Matrix:
    return Matrix(e=x, f=y)


def scale(x: float, y: float | None = None) -> Matrix:
    return Matrix(a=x, d=x if y is None else y)


def rotate(degrees: float, x: float = 0.0, y: float = 0.0) -> Matrix:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = Matrix(cosine, sine, -sine, cosine)
    return translate(x, y).then(turn).then(translate(-x, -y)) if x or y else turn


CALLS: dict[str, tuple[Callable[..., Matrix], set[int]]] = {
    "matrix": (Matrix, {6}),
    "translate": (translate, {1, 2}),
    "scale": (scale, {1, 2}),
    "rotate": (rotate, {1, 3}),
    "skewX": (lambda degrees: Matrix(c=math.tan(math.radians(degrees))), {1}),
    "skewY": (lambda degrees: Matrix(b=math.tan(math.radians(degrees))), {1}),
}


@lru_cache(maxsize=4096)
def read_transform(text: str) -> Matrix | None:
    """The matrix of a `transform` attribute; None where it cannot be read."""
    matrix, at = IDENTITY, 0
    text = text.strip()
    while at < len(text):
        call = CALL.match(text, at)
        if call is None:
            return None
        make, counts = CALLS[call[1]]
        numbers = read_numbers(call[2])
        if numbers is None or len(numbers) not in counts:
            return None
        matrix, at = matrix.then(make(*numbers)), call.end()
    return matrix if all(map(math.isfinite, matrix)) else None


def read_numbers(text: str) -> list[float] | None:
    """“1, 2 3” -> [1, 2, 3]; None where something else is in it, NaN and infinity included."""
    if NUMBER.sub("", text).strip(" ,\t\r\n"):
        return None
    numbers = [float(number) for number in NUMBER.findall(text)]
    return numbers if all(map(math.isfinite, numbers)) else None
