"""What every test gets: an empty Redis, no drawing kept from another test, and the invariants afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

from bookings import invariants as inventory
from payments import invariants as money
from tests.properties import IS_SEARCH
from tests.sandbox import Sandbox, run_sandbox
from ticketing.kept import forget_everything
from ticketing.redis import redis_client

# A change is refused for what it breaks, so it is always tried with the same examples; SEARCH=1 tries new ones. How
# quick an example is says more about the machine than about the code; one that fails says how to have it again.
settings.register_profile(
    "suite",
    settings.default,
    derandomize=not IS_SEARCH,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def fresh_state() -> None:
    forget_everything()
    redis_client().flushdb()
    cache.clear()


@pytest.fixture(autouse=True)
def everything_adds_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test with real transactions, which is where races are run."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    assert not [*inventory.find_breaches(), *money.find_breaches()]


@pytest.fixture
def provider(settings: Any) -> Iterator[Sandbox]:
    """A payment provider over real HTTP; without webhooks until a test names an address for them."""
    with run_sandbox() as sandbox:
        sandbox.apply_to(settings)
        yield sandbox
