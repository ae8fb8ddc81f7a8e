import pytest

from waitingroom.estimate import estimate
from waitingroom.words import say_wait


@pytest.mark.parametrize(
    ("calls", "rate", "said"),
    [
        (1, 60, "less than 2 minutes"),
        (60, 10, "about 4 to 8 minutes"),
        (200, 10, "about 15 to 30 minutes"),
        (1000, 10, "about 60 to 150 minutes"),
        (1_000_000, 500, "about 26 to 44 hours"),
        (10, 0, "The wait is not known yet."),
    ],
)
def test_a_wait_is_said_as_a_range_the_wider_the_longer(calls, rate, said):
    assert say_wait(estimate(calls, rate)) == said
