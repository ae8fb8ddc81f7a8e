"""Many sessions at once are put on sale by the workers."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.roles import ORGANISER
from bookings.admin import publishing
from bookings.tasks import publish_session
from events.models import EventSession, PriceTier
from tests.factories import make_event_session, make_plan, make_user
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


def test_the_task_publishes_once_and_welcomes_a_repeat():
    event_session = make_event_session("A1 A2", published=False)

    publish_session(event_session.pk)
    publish_session(event_session.pk)

    event_session.refresh_from_db()
    assert event_session.status == EventSession.Status.PUBLISHED
    assert event_session.places.count() == 2


def test_a_session_without_prices_is_told_to_staff():
    event_session = make_event_session("A1", published=False)
    PriceTier.objects.filter(event_session=event_session).delete()

    publish_session(event_session.pk)

    event_session.refresh_from_db()
    assert event_session.status == EventSession.Status.DRAFT
    assert "no price" in Message.objects.get(topic="notifications.alarm").payload["what"]


def test_a_long_selection_goes_to_the_workers(client, monkeypatch, django_capture_on_commit_callbacks):
    asked = []
    monkeypatch.setattr(publishing.publish_session, "delay", asked.append)
    plan = make_plan("A1")
    sessions = [make_event_session(plan=plan, published=False) for _ in range(publishing.MOST_AT_ONCE + 1)]
    olga = make_user("olga", is_staff=True)
    olga.groups.add(Group.objects.get(name=ORGANISER))
    client.force_login(olga)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(
            reverse("admin:events_eventsession_changelist"),
            {"action": "publish_selected", "_selected_action": [session.pk for session in sessions]},
            follow=True,
        )

    assert sorted(asked) == sorted(session.pk for session in sessions)
    assert "are being put on sale" in page.content.decode()
