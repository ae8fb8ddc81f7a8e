"""How long somebody still waits, as a range: what is not known exactly is not said exactly."""

from typing import NamedTuple


class Range(NamedTuple):
    """Minutes, rounded outwards the more the further away."""

    least: int
    most: int


# The rate of calls wanders by about so much while somebody waits.
LEAST_SHARE, MOST_SHARE = 0.8, 1.3
STEPS = ((10, 1), (30, 5), (120, 10), (600, 30))
COARSEST = 60
LEAST_SAID = 2


def estimate(calls: int, rate: float) -> Range | None:
    """For the so manieth call from now, at so many a minute; None while nobody is called."""
    if rate <= 0:
        return None
    minutes = calls / rate
    least, most = minutes * LEAST_SHARE, minutes * MOST_SHARE
    step = next((step for limit, step in STEPS if most <= limit), COARSEST)
    return Range(int(least // step) * step, max(-int(-most // step) * step, LEAST_SAID))
