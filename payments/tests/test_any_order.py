"""Whatever order things happen in, and whatever dies or falls silent meanwhile, everybody ends up served.

Processes die, answers get lost and others act at any step; `tests.served` says what a good end is.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.models import EventSession
from tests.properties import PHASES
from tests.served import Faults, find_breaches, find_unserved
from tests.troubles import CRASH, SILENCE, Boundaries
from tests.world import REFUSALS, World, make_house, prepare
from ticketing.kept import forget_everything
from ticketing.redis import redis_client

pytestmark = pytest.mark.django_db

CUSTOMERS = [
    "hold",
    "hold",
    "renew",
    "release",
    "remove",
    "go_to_payment",
    "pay_with_saved",
    "pay_with_credit",
    "come_back",
    "give_up",
    "cancel_under_policy",
    *["offer_ticket", "withdraw_ticket", "accept_ticket", "offer_for_resale", "take_back"],
    *["start_change", "keep_places", "change_now"],
    *["use_promo_code", "drop_promo_code", "choose_gift", "return_gift"],
    *["join_list", "join_again", "leave_list", "accept_offer"],
    *["keep_tickets", "return_tickets"],
]
AT_THE_PROVIDER = [
    "pay",
    "pay",
    "pay_late",
    "decline",
    "pay_slowly",
    "dispute",
    "fail_a_refund",
    "bounce",
    "go_down",
    "come_up",
]
AT_THE_PROVIDER += ["pay_otherwise"]
NEWS = ["deliver", "deliver", "forge", "tell_of_something_else"]
WORKERS = ["work", "work", "release_lapsed", "settle", "return_credit", "reconcile"]
WORKERS += ["leave_to_outbox", "ask_about_payments", "ask_about_refunds", "watch_call_offs", "look_after_offers"]
WORKERS += ["serve_lists", "watch_moves", "send_gifts"]
STAFF = ["cancel", "cancel_some", "goodwill", "approve", "reject", "retry", "enter", "call_off", "repair"]
STAFF += ["reschedule", "resume_move", "give_gift", "decide_gift"]
TIME = ["wait", "wait", "wait_long"]
EVERYTHING = [*CUSTOMERS, *AT_THE_PROVIDER, *NEWS, *WORKERS, *STAFF, *TIME]

# More of them by hand, see docs/decisions/any-order.md.
LIVES = int(os.environ.get("LIVES", "40"))
STEPS = 25

# The first stands on the provider's page, the second has paid and we do not know, the third has tickets, and a part
# of the money is about to go back.
BEGINNING = [("hold", 2, 2), ("go_to_payment", 2, 0), ("pay", 2, 0), ("deliver", 2, 0), ("work", 2, 0)]
BEGINNING += [("goodwill", 2, 0), ("hold", 1, 4), ("go_to_payment", 1, 0), ("pay", 1, 0)]
BEGINNING += [("hold", 0, 0), ("go_to_payment", 0, 0)]
# Each life goes on in one of these ways. Every seat is taken by now, and some standing places are left.
GOING_ON = {
    "freely": [],
    "with a waiting list": [
        *[("deliver", 1, 0), ("work", 0, 0), ("join_list", 1, 4), ("join_list", 0, 1), ("cancel_some", 2, 0)],
        *[("work", 0, 0), ("serve_lists", 0, 0)],
    ],
    "on another day": [("deliver", 1, 0), ("work", 0, 0), ("reschedule", 1, 3)],
    "with a gift": [
        *[("deliver", 1, 0), ("work", 0, 0), ("choose_gift", 1, 3), ("go_to_payment", 1, 0), ("pay", 1, 0)],
        *[("deliver", 1, 0), ("send_gifts", 0, 0)],
    ],
    "with promo codes": [
        *[("deliver", 1, 0), ("work", 0, 0), ("hold", 1, 5), ("use_promo_code", 1, 0), ("go_to_payment", 1, 0)],
        *[("hold", 2, 5), ("use_promo_code", 2, 0)],
    ],
}

people, numbers, steps = st.integers(0, 2), st.integers(0, 5), st.integers(0, 7)
misfortune = st.sampled_from([CRASH, SILENCE])
someone_else = st.tuples(st.sampled_from(EVERYTHING), people, numbers, st.dictionaries(steps, misfortune, max_size=1))
troubles = st.dictionaries(steps, misfortune | someone_else, max_size=2)


class AnyOrder(RuleBasedStateMachine):
    """One life of a small house; ends with everything that was under way."""

    event_session: EventSession

    def __init__(self) -> None:
        super().__init__()
        forget_everything()
        redis_client().flushdb()
        cache.clear()
        self.before = transaction.savepoint()
        self.faults = Faults().__enter__()
        self.boundaries = Boundaries()
        self.world = World(self.event_session, self.boundaries)
        # Lives in which something is bought are rare among random ones.
        for step in BEGINNING:
            self.process(*step, {})

    @initialize(way=st.sampled_from(sorted(GOING_ON)))
    def go_on(self, way: str) -> None:
        for step in GOING_ON[way]:
            self.process(*step, {})

    def process(self, what: str, customer: int, which: int, befalls: Mapping[int, Any]) -> None:
        # Nothing happens at the very same time as what was before it.
        self.world.now += timedelta(seconds=1)
        act = partial(getattr(self.world, what), customer, which)
        meant = {
            step: trouble if isinstance(trouble, str) else partial(self.process, *trouble)
            for step, trouble in befalls.items()
        }
        with self.boundaries.watched(), self.world.running(), suppress(*REFUSALS):
            self.boundaries.run(act, meant)

    @rule(what=st.sampled_from(CUSTOMERS), customer=people, which=numbers, befalls=troubles)
    def customer(self, **step: Any) -> None:
        self.process(**step)

    @rule(what=st.sampled_from(AT_THE_PROVIDER), customer=people, which=numbers)
    def at_the_provider(self, **step: Any) -> None:
        self.process(**step, befalls={})

    @rule(what=st.sampled_from(NEWS), customer=people, which=numbers, befalls=troubles)
    def news(self, **step: Any) -> None:
        self.process(**step)

    @rule(what=st.sampled_from(WORKERS), customer=people, which=numbers, befalls=troubles)
    def worker(self, **step: Any) -> None:
        self.process(**step)

    @rule(what=st.sampled_from(STAFF), customer=people, which=numbers, befalls=troubles)
    def staff(self, **step: Any) -> None:
        self.process(**step)

    @rule(what=st.sampled_from(TIME), which=numbers)
    def time(self, **step: Any) -> None:
        self.process(**step, customer=0, befalls={})

    @invariant()
    def nothing_is_lost_on_the_way(self) -> None:
        if self.boundaries.take_writes():
            assert not find_breaches(self.world)

    def teardown(self) -> None:
        try:
            with self.boundaries.watched(), self.world.running():
                self.world.come_to_rest()
            assert not [*find_breaches(self.world), *find_unserved(self.world), *self.faults.found]
        finally:
            self.faults.__exit__()
            self.world.provider.close()
            transaction.savepoint_rollback(self.before)


@pytest.fixture
def house(settings: Any) -> None:
    prepare(settings)
    AnyOrder.event_session = make_house()


def test_any_order_of_events_and_misfortunes_serves_everybody(house):
    try:
        run_state_machine_as_test(
            AnyOrder,
            settings=settings(
                max_examples=LIVES,
                stateful_step_count=STEPS,
                phases=PHASES,
                report_multiple_bugs=False,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as fault:
        fault.add_note("To have it again, put these steps into a test that takes `house`; SHRINK=1 looks for fewer.")
        raise
