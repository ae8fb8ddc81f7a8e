import pytest

from events.admin.session_form import EventSessionForm
from tests.factories import make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ticked", [True, False])
def test_staff_say_whether_a_session_avoids_single_gaps(ticked):
    event_session = make_event_session(published=False, avoids_single_gaps=not ticked)
    data = {
        "event": event_session.event_id,
        "hall": event_session.hall_id,
        "starts_at_0": "2030-06-15",
        "starts_at_1": "20:00",
        "ends_at_0": "2030-06-15",
        "ends_at_1": "22:00",
        "customer_limit": 4,
        "hold_period": "00:10:00",
    }

    form = EventSessionForm(data | ({"avoids_single_gaps": "on"} if ticked else {}), instance=event_session)

    assert form.is_valid(), form.errors
    assert form.save().avoids_single_gaps is ticked


def test_the_rule_is_explained_where_it_is_set(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    event_session = make_event_session(published=False)

    page = client.get(f"/admin/events/eventsession/{event_session.pk}/change/").content.decode()

    assert "Refuse a choice that leaves one empty seat between taken ones" in page
