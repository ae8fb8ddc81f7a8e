"""The plan editor and the comparison of versions in the back office."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from accounts.roles import FINANCE, ORGANISER
from tests.factories import make_event_session, make_hall, make_plan
from tests.pages import said
from tests.staff import sign_in
from venues.models import Seat, SeatingPlan
from venues.selectors import get_stamp

pytestmark = pytest.mark.django_db


def page(name, *args):
    return reverse(f"admin:venues_seatingplan_{name}", args=args)


@pytest.fixture
def olga(client):
    sign_in(client, ORGANISER, "olga")
    return client


def block(plan, label):
    seat = Seat.objects.get(section__plan=plan, row=label[0], number=label[1:])
    return json.dumps([{"op": "mark", "seats": str(seat.pk), "field": "is_blocked", "value": True}])


def save(client, plan, edits, stamp=None):
    stamp = get_stamp(SeatingPlan.objects.get(pk=plan.pk)) if stamp is None else stamp
    return client.post(page("edit", plan.pk), {"edits": edits, "stamp": stamp})


def test_a_plan_nobody_uses_is_changed_and_the_log_says_who_did_what(olga):
    plan = make_plan("A1 A2")

    assert "No session on sale uses version 1" in olga.get(page("edit", plan.pk)).content.decode()
    response = save(olga, plan, block(plan, "A2"))

    assert response.url == page("edit", plan.pk)
    assert "1 seat with other marks" in said(response)[0]
    assert Seat.objects.get(is_blocked=True).number == "2"
    entry = LogEntry.objects.get(object_id=str(plan.pk))
    assert (entry.user.name, entry.get_change_message()) == ("Olga", "Edited: 1 seat with other marks.")


def test_a_plan_in_use_gets_a_new_version_and_the_page_says_so_before_and_after(olga):
    plan = make_event_session(seats="A1 A2", now=timezone.now()).plan

    assert "saving makes version 2" in olga.get(page("edit", plan.pk)).content.decode()
    response = save(olga, plan, block(plan, "A2"))

    newer = SeatingPlan.objects.get(version=2)
    assert response.url == page("edit", newer.pk)
    assert "Sessions stay on version 1" in said(response)[0]
    assert list(Seat.objects.filter(is_blocked=True).values_list("section__plan", flat=True)) == [newer.pk]
    assert LogEntry.objects.get(object_id=str(newer.pk)).is_addition()


def test_bad_edits_are_refused_with_a_reason_and_kept(olga):
    plan = make_plan("A1 A2 B1")
    seat = Seat.objects.get(section__plan=plan, row="A", number="1")
    edits = json.dumps([{"op": "mark", "seats": str(seat.pk), "field": "row", "value": "B"}])

    response = save(olga, plan, edits)

    assert response.status_code == 422
    assert "two rows called “B”" in response.content.decode()
    assert response.context["kept_edits"] == edits
    assert save(olga, plan, "nonsense").status_code == 422
    assert save(olga, plan, "").status_code == 422
    seat.refresh_from_db()
    assert seat.row == "A"


def test_the_second_of_two_people_is_told_and_can_save_after_looking(olga):
    plan = make_plan("A1 A2")
    seen = get_stamp(plan)
    save(olga, plan, block(plan, "A1"))

    refused = save(olga, plan, block(plan, "A2"), stamp=seen)

    text = refused.content.decode()
    assert refused.status_code == 409
    assert "Somebody else changed this plan meanwhile" in text
    assert "Last: Olga" in text
    assert refused.context["kept_edits"] == block(plan, "A2")
    assert Seat.objects.filter(is_blocked=True).count() == 1
    assert save(olga, plan, block(plan, "A2"), stamp=refused.context["stamp"]).status_code == 302
    assert Seat.objects.filter(is_blocked=True).count() == 2


def test_a_small_plan_comes_whole_and_a_large_one_section_by_section(olga, monkeypatch):
    plan = make_plan("A1 A2 B1", {"Floor": 50})
    stalls = plan.sections.get(name="Stalls")

    whole = olga.get(page("edit_plan", plan.pk)).json()
    monkeypatch.setattr("venues.admin.editor_data.MOST_SEATS_AT_ONCE", 2)
    parts = olga.get(page("edit_plan", plan.pk)).json()
    section = olga.get(page("edit_section", plan.pk, stalls.pk)).json()

    assert whole["isWhole"]
    assert [row["name"] for row in whole["rows"]] == ["A", "B"]
    assert (parts["isWhole"], parts["rows"]) == (False, [])
    assert list(parts["sections"][0]["counts"].values()) == [3]
    assert section["rows"] == whole["rows"]
    other = make_plan("A1").sections.get()
    assert olga.get(page("edit_section", plan.pk, other.pk)).status_code == 404


def test_those_who_may_not_change_plans_are_kept_out(client):
    plan = make_plan("A1 A2")
    sign_in(client, FINANCE)

    for name in ("edit", "edit_plan", "versions", "copy_this_plan"):
        assert client.get(page(name, plan.pk)).status_code == 403
    assert save(client, plan, block(plan, "A1")).status_code == 403
    assert not Seat.objects.filter(is_blocked=True).exists()


def test_a_plan_that_is_not_there_is_not_found(olga):
    for name in ("edit", "edit_plan", "versions"):
        assert olga.get(page(name, 999_999)).status_code == 404


def test_versions_are_compared_with_counts_a_list_and_a_drawing(olga):
    plan = make_event_session(seats="A1 A2 B1", now=timezone.now()).plan
    save(olga, plan, block(plan, "A2"))
    newer = SeatingPlan.objects.get(version=2)

    response = olga.get(page("versions", newer.pk))

    text = response.content.decode()
    assert (response.context["old"], response.context["new"]) == (plan, newer)
    assert "1 seat with other marks" in text
    assert '<use class="diff-mark diff-mark--marked"' in text
    assert response.context["changes"] == [{"section": "Stalls", "row": "A", "number": "2", "what": "blocked"}]
    sessions = reverse("admin:events_eventsession_changelist") + f"?plan__id__exact={plan.pk}"
    assert sessions in text
    assert olga.get(sessions).context["cl"].result_count == 1
    same = olga.get(page("versions", newer.pk), {"old": plan.pk, "new": plan.pk})
    assert same.status_code == 200
    assert "diff-mark" not in same.content.decode()


def test_a_comparison_stays_within_the_hall_and_a_long_list_is_cut(olga, monkeypatch):
    monkeypatch.setattr("venues.admin.versions.MOST_LISTED", 2)
    hall = make_hall()
    plan, newer, other = make_plan("A1", hall=hall), make_plan("A1 A2 A3 A4 A5", hall=hall), make_plan("A1")

    response = olga.get(page("versions", plan.pk), {"old": plan.pk, "new": newer.pk})
    astray = olga.get(page("versions", plan.pk), {"old": other.pk, "new": newer.pk})

    assert (len(response.context["changes"]), response.context["more"]) == (2, 2)
    assert (astray.context["old"], astray.context["new"]) == (plan, newer)


def test_a_plan_is_copied_to_another_hall_by_a_button(olga):
    plan, hall = make_plan("A1 A2", {"Floor": 20}), make_hall()

    response = olga.post(page("copy_this_plan", plan.pk), {"_form_submitted": "True", "hall": hall.pk})

    copy = SeatingPlan.objects.get(hall=hall)
    assert response.url == page("change", copy.pk)
    assert Seat.objects.filter(section__plan=copy).count() == 2
    assert LogEntry.objects.get(object_id=str(copy.pk)).is_addition()
    missing = olga.post(page("copy_this_plan", plan.pk), {"_form_submitted": "True"})
    assert missing.status_code == 200
    assert SeatingPlan.objects.count() == 2
