"""Whichever single step a process dies at, or loses the provider's answer at, everybody ends up served."""

from contextlib import suppress
from functools import partial
from itertools import product

import pytest

from tests.served import Faults, find_breaches, find_unserved
from tests.troubles import CRASH, SILENCE, Boundaries
from tests.world import REFUSALS, World, make_house, prepare
from tests.world.stories import STORIES

pytestmark = pytest.mark.django_db

# Money may come on a page whose address we never learned.
OPENING_A_PAGE = {"go_to_payment", "pay_with_saved", "pay_with_credit"}


@pytest.mark.parametrize(("before", "story"), STORIES.values(), ids=STORIES)
def test_dying_or_waiting_in_vain_at_any_one_step_costs_nobody_anything(settings, before, story):
    prepare(settings)
    boundaries = Boundaries()
    world = World(make_house(), boundaries)
    tried = 0

    with Faults() as faults, boundaries.watched(), world.running():
        for what, *numbers in before:
            getattr(world, what)(*numbers)
        for what, *numbers in story:
            act = partial(getattr(world, what), *numbers)
            go_back = world.remember()
            for place, boundary in enumerate(boundaries.run(act)):
                for trouble, is_paid_then in product(troubles_at(boundary), (False, True)):
                    if is_paid_then and (what not in OPENING_A_PAGE or "POST /v1/" not in boundary):
                        continue
                    go_back()
                    with suppress(*REFUSALS):
                        boundaries.run(act, {place: trouble})
                    if is_paid_then:
                        with suppress(*REFUSALS):
                            world.pay_late(0, 0)
                    world.come_to_rest()
                    assert not [*find_breaches(world), *find_unserved(world), *faults.found], (what, place, boundary)
                    tried += 1
            go_back()
            boundaries.run(act)

    assert tried > 20


def troubles_at(boundary: str) -> list[str]:
    """Who dies before a commit or a call leaves what was there after the one before it."""
    crash = [CRASH] if boundary.startswith("after") else []
    return [*crash, SILENCE] if "/v1/" in boundary else crash
