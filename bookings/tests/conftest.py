"""A session that many want to see."""

import pytest

from tests.factories import make_event_session
from tests.waiting import sell_out


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 A4")


@pytest.fixture
def full(event_session):
    """Sold out, to two parties of two."""
    event_session.sold = sell_out(event_session, "A1 A2", "A3 A4")
    return event_session
