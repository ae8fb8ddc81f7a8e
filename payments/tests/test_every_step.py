"""Whichever single step a process dies at, or loses the provider's answer at, everybody ends up served."""

from contextlib import suppress
from functools import partial

import pytest

from tests.served import Faults, find_breaches, find_unserved
from tests.troubles import CRASH, SILENCE, Boundaries
from tests.world import REFUSALS, World, make_house, prepare

pytestmark = pytest.mark.django_db

BUYING = [
    ("hold", 0, 0),
    ("go_to_payment", 0, 0),
    ("pay", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("come_back", 0, 0),
]
GIVING_BACK = [
    ("cancel_some", 0, 0),
    ("approve", 1, 0),
    ("work", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("goodwill", 0, 1),
    ("fail_a_refund", 0, 0),
    ("work", 0, 0),
    ("retry", 0, 0),
    ("work", 0, 0),
    ("ask_about_refunds", 0, 0),
]
PAYING_IN_ANOTHER_WAY = [
    ("hold", 0, 0),
    ("go_to_payment", 0, 0),
    ("go_to_payment", 0, 1),
    ("pay_with_saved", 0, 1),
    ("pay_with_saved", 0, 0),
    ("pay_late", 0, 2),
    ("ask_about_payments", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
]
COMING_LATE = [
    ("hold", 0, 0),
    ("go_to_payment", 0, 0),
    ("wait_long", 0, 0),
    ("settle", 0, 0),
    ("hold", 1, 0),
    ("hold", 2, 2),
    ("pay_late", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("work", 0, 0),
]


@pytest.mark.parametrize("story", [BUYING + GIVING_BACK, PAYING_IN_ANOTHER_WAY, COMING_LATE])
def test_dying_or_waiting_in_vain_at_any_one_step_costs_nobody_anything(settings, story):
    prepare(settings)
    boundaries = Boundaries()
    world = World(make_house(), boundaries)
    tried = 0

    with Faults() as faults, boundaries.watched(), world.running():
        for what, *numbers in story:
            act = partial(getattr(world, what), *numbers)
            go_back = world.remember()
            for place, boundary in enumerate(boundaries.run(act)):
                for trouble in (CRASH, SILENCE) if "/v1/" in boundary else (CRASH,):
                    go_back()
                    with suppress(*REFUSALS):
                        boundaries.run(act, {place: trouble})
                    world.come_to_rest()
                    assert not [*find_breaches(), *find_unserved(world), *faults.found], (what, place, boundary)
                    tried += 1
            go_back()
            boundaries.run(act)

    assert tried > 50
