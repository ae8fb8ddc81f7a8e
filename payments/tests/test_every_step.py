"""Whichever single step a process dies at, or loses the provider's answer at, everybody ends up served."""

from contextlib import suppress
from functools import partial
from itertools import product

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
    ("pay_with_saved", 0, 0),
    ("pay_late", 0, 1),
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
WITH_CREDIT = [
    ("hold", 0, 0),
    ("pay_with_credit", 0, 0),
    ("pay", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("cancel_some", 0, 2),
    ("approve", 1, 0),
    ("work", 0, 0),
    ("hold", 1, 4),
    ("pay_with_credit", 1, 0),
    ("give_up", 1, 0),
    ("dispute", 0, 1),
    ("deliver", 0, 0),
    ("work", 0, 0),
]

SECOND_THOUGHTS = [
    ("hold", 0, 0),
    ("go_to_payment", 0, 0),
    ("pay", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("cancel_under_policy", 0, 0),
    ("work", 0, 0),
    ("bounce", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("reconcile", 0, 0),
    ("repair", 0, 0),
    ("wait_long", 0, 1),
    ("cancel_under_policy", 0, 1),
    ("work", 0, 0),
]
PASSING_ON = [
    ("hold", 0, 0),
    ("go_to_payment", 0, 0),
    ("pay", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("offer_ticket", 0, 0),
    ("accept_ticket", 1, 0),
    ("offer_for_resale", 0, 1),
    ("take_back", 0, 1),
    ("offer_for_resale", 0, 1),
    ("hold", 1, 1),
    ("go_to_payment", 1, 0),
    ("pay", 1, 0),
    ("deliver", 1, 0),
    ("work", 0, 0),
    ("look_after_offers", 0, 0),
    ("work", 0, 0),
]
CHANGING = [
    ("hold", 0, 0),
    ("go_to_payment", 0, 0),
    ("pay", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("start_change", 0, 0),
    ("keep_places", 0, 0),
    ("change_now", 0, 0),
    ("work", 0, 0),
    ("goodwill", 0, 0),
    ("work", 0, 0),
    ("start_change", 0, 0),
    ("hold", 0, 4),
    ("go_to_payment", 0, 0),
    ("pay", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("cancel", 0, 0),
    ("work", 0, 0),
]
A_CANCELLED_DATE = [
    ("hold", 0, 0),
    ("go_to_payment", 0, 0),
    ("pay", 0, 0),
    ("deliver", 0, 0),
    ("work", 0, 0),
    ("hold", 1, 4),
    ("go_to_payment", 1, 0),
    ("call_off", 0, 4),
    ("pay", 1, 0),
    ("deliver", 1, 0),
    ("work", 0, 0),
    ("watch_call_offs", 0, 0),
    ("work", 0, 0),
]

# Money may come on a page whose address we never learned.
OPENING_A_PAGE = {"go_to_payment", "pay_with_saved", "pay_with_credit"}


@pytest.mark.parametrize(
    "story",
    [
        BUYING + GIVING_BACK,
        PAYING_IN_ANOTHER_WAY,
        COMING_LATE,
        WITH_CREDIT,
        SECOND_THOUGHTS,
        PASSING_ON,
        CHANGING,
        A_CANCELLED_DATE,
    ],
)
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
                    assert not [*find_breaches(), *find_unserved(world), *faults.found], (what, place, boundary)
                    tried += 1
            go_back()
            boundaries.run(act)

    assert tried > 20


def troubles_at(boundary: str) -> list[str]:
    """Who dies before a commit or a call leaves what was there after the one before it."""
    crash = [CRASH] if boundary.startswith("after") else []
    return [*crash, SILENCE] if "/v1/" in boundary else crash
