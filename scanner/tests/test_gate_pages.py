import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.tickets.codes import sign_ticket
from events.models import EventSession
from scanner.models import Scan
from scanner.views import is_today
from tests.factories import PASSWORD, make_confirmed_booking, make_event, make_event_session, make_user

pytestmark = pytest.mark.django_db
VALIDATE = "/scanner/validate"


@pytest.fixture
def sam(client):
    sam = make_user("sam")
    sam.user_permissions.add(Permission.objects.get(content_type__app_label="scanner", codename="add_scan"))
    client.force_login(sam)
    return sam


@pytest.fixture
def event_session():
    return make_event_session(now=timezone.now(), starts_in=timedelta(minutes=30))


@pytest.fixture
def ticket(event_session):
    return make_confirmed_booking(event_session, "A1", now=timezone.now()).tickets.get()


def qr(ticket):
    return sign_ticket(ticket.pk, ticket.revision)


def post_json(client, **fields):
    return client.post(VALIDATE, json.dumps(fields), content_type="application/json")


@pytest.mark.parametrize("address", ["/scanner/", "/scanner/1/", "/scanner/1/attendance/"])
def test_strangers_sign_in_first(client, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("address", ["/scanner/", "/scanner/1/", "/scanner/1/attendance/"])
def test_people_without_the_role_get_a_page_that_says_so(client, address):
    client.force_login(make_user("alice"))
    assert client.get(address).status_code == 403


def test_nobody_without_the_role_checks_tickets_in(client, ticket):
    fields = {"code": qr(ticket), "event_session": ticket.event_session_id}
    assert post_json(client, **fields).status_code == 401
    assert client.post(VALIDATE, fields).status_code == 302
    assert client.post(VALIDATE, fields, headers={"HX-Request": "true"})["HX-Redirect"] == reverse("account_login")
    client.force_login(make_user("alice"))
    assert post_json(client, **fields).json()["error"] == "not_allowed"
    assert client.post(VALIDATE, fields).status_code == 403
    assert not Scan.objects.exists()


def test_a_forged_request_from_another_site_is_refused(ticket):
    client = Client(enforce_csrf_checks=True)
    sam = make_user("sam", is_superuser=True)
    assert client.login(email=sam.email, password=PASSWORD)
    assert post_json(client, code=qr(ticket), event_session=ticket.event_session_id).status_code == 403
    assert not Scan.objects.exists()


def test_the_choice_of_doors_puts_today_first(client, sam, event_session):
    later = make_event_session(event=make_event("Winter Gala"), now=timezone.now(), starts_in=timedelta(days=9))
    over = make_event_session(event=make_event("Long Gone"))
    EventSession.objects.filter(pk=over.pk).update(
        starts_at=timezone.now() - timedelta(days=3), ends_at=timezone.now() - timedelta(days=2)
    )
    make_event_session(event=make_event("Draft"), now=timezone.now(), published=False)
    page = client.get("/scanner/")

    assert [session.pk for session in page.context["today"]] == [event_session.pk]
    assert [session.pk for session in page.context["later"]] == [later.pk]


@pytest.mark.parametrize(("clock", "is_first"), [("19:59", False), ("20:30", True), ("23:45", True), ("00:15", True)])
def test_a_show_after_midnight_is_among_the_first_for_those_who_stand_at_its_door(clock, is_first):
    event_session = make_event_session()
    midnight = event_session.starts_at.astimezone(event_session.hall.venue.zone).replace(hour=0, minute=0)
    event_session.starts_at = midnight + timedelta(minutes=20)
    hours, minutes = map(int, clock.split(":"))
    now = midnight + timedelta(hours=hours - 24 if hours > 12 else hours, minutes=minutes)

    assert is_today(event_session, now) is is_first


def test_the_choice_of_doors_can_be_searched(client, sam, event_session):
    make_event_session(event=make_event("Winter Gala"), now=timezone.now(), starts_in=timedelta(days=9))
    assert "Spring Concert" not in client.get("/scanner/", {"q": "gala"}).content.decode()
    assert "No session matches" in client.get("/scanner/", {"q": "<zzz>"}).content.decode()


def test_the_choice_of_doors_costs_the_same_for_many(client, sam, event_session, django_assert_max_num_queries):
    for _ in range(3):
        make_event_session(now=timezone.now())
    with django_assert_max_num_queries(6):
        client.get("/scanner/")


def test_a_gate_shows_how_full_the_house_is(client, sam, event_session, ticket):
    make_confirmed_booking(event_session, "A2", now=timezone.now())
    page = client.get(f"/scanner/{event_session.pk}/")
    assert "<strong>0</strong> of 2 in" in page.content.decode()
    post_json(client, code=qr(ticket), event_session=event_session.pk)
    assert "<strong>1</strong> of 2 in" in client.get(f"/scanner/{event_session.pk}/attendance/").content.decode()


def test_a_gate_may_use_the_camera_and_is_never_kept(client, sam, event_session):
    page = client.get(f"/scanner/{event_session.pk}/")
    assert "camera=(self)" in page["Permissions-Policy"]
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("number", [10**9, 10**30])
def test_a_gate_of_no_session_is_not_found(client, sam, number):
    assert client.get(f"/scanner/{number}/").status_code == 404


def test_programs_get_the_answer_as_json(client, sam, ticket):
    response = post_json(client, code=qr(ticket), event_session=ticket.event_session_id, nonce="door-7-0001")

    answer = response.json()
    assert response.status_code == 200
    assert answer["result"] == "granted"
    assert answer["text"] == "ENTRY GRANTED"
    assert answer["reason"] == ""
    assert answer["ticket"]["section"] == "Stalls"
    assert answer["ticket"]["code"] == ticket.spoken_code
    assert Scan.objects.get().nonce == "door-7-0001"


def test_a_rejection_is_an_answer_and_not_an_error(client, sam, ticket):
    post_json(client, code=qr(ticket), event_session=ticket.event_session_id)
    response = post_json(client, code=ticket.code, event_session=ticket.event_session_id)

    answer = response.json()
    assert response.status_code == 200
    assert (answer["result"], answer["text"], answer["reason"]) == ("rejected", "ENTRY REJECTED", "already_used")
    assert re.fullmatch(r"Already used at \d\d:\d\d\.", answer["message"])


def test_a_form_that_accepts_json_gets_json(client, sam, ticket):
    fields = {"code": qr(ticket), "event_session": ticket.event_session_id}
    assert client.post(VALIDATE, fields, headers={"Accept": "application/json"}).json()["result"] == "granted"


def test_htmx_gets_the_fragment(client, sam, ticket):
    fields = {"code": qr(ticket), "event_session": ticket.event_session_id}
    page = client.post(VALIDATE, fields, headers={"HX-Request": "true"}).content.decode()
    assert "ENTRY GRANTED" in page
    assert 'data-result="granted"' in page
    assert "<html" not in page


def test_without_javascript_the_page_comes_back_with_the_answer(client, sam, ticket):
    address = f"/scanner/{ticket.event_session_id}/"
    nonce = re.search(r'name="nonce" value="([^"]+)"', client.get(address).content.decode())[1]
    fields = {"code": ticket.spoken_code, "event_session": ticket.event_session_id, "nonce": nonce}
    page = client.post(VALIDATE, fields).content.decode()
    reloaded = client.post(VALIDATE, fields).content.decode()

    assert "ENTRY GRANTED" in page
    assert "ENTRY GRANTED" in reloaded
    assert "<form" in page
    assert f'value="{nonce}"' not in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"code": ""},
        {"code": "A", "event_session": "x"},
        {"code": "A", "event_session": 10**30},
        {"code": "A" * 5000, "event_session": 1},
        {"code": "A\0", "event_session": 1},
        {"code": "A", "event_session": 1, "nonce": "short"},
        {"code": "A", "event_session": 1, "nonce": "with space and more"},
        {"code": ["A"], "event_session": {"a": 1}, "nonce": 7},
    ],
)
def test_incomplete_requests_are_told_so_cleanly(client, sam, fields):
    response = post_json(client, **fields)
    assert response.status_code in {404, 422}
    assert response.json()["message"]
    assert not Scan.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"text"', "[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_object_is_told_so_cleanly(client, sam, body):
    assert client.post(VALIDATE, body, content_type="application/json").status_code == 422


def test_an_unknown_door_is_not_found(client, sam, ticket):
    response = post_json(client, code=qr(ticket), event_session=10**9)
    assert response.status_code == 404
    assert response.json()["error"] == "unknown_session"
    plain = client.post(VALIDATE, {"code": qr(ticket), "event_session": 10**9})
    assert plain.status_code == 404
    assert client.post(VALIDATE, {"code": qr(ticket), "event_session": "door"}).status_code == 422


def test_an_empty_field_is_explained_beside_it(client, sam, event_session):
    fields = {"code": "", "event_session": event_session.pk}
    for headers in ({}, {"HX-Request": "true"}):
        response = client.post(VALIDATE, fields, headers=headers)
        assert response.status_code == 422
        assert "Scan a ticket or type its code first." in response.content.decode()


def test_reading_a_code_by_get_is_not_possible(client, sam):
    assert client.get(VALIDATE).status_code == 405


def test_names_and_codes_are_escaped(client, sam, event_session):
    ticket = make_confirmed_booking(event_session, "A1", now=timezone.now(), name="<script>x</script>").tickets.get()
    page = client.post(VALIDATE, {"code": qr(ticket), "event_session": event_session.pk}).content.decode()
    assert "<script>x" not in page


def test_a_check_in_over_http_takes_few_queries(client, sam, ticket):
    with CaptureQueriesContext(connection) as queries:
        post_json(client, code=qr(ticket), event_session=ticket.event_session_id)
    ours = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    about_people = [sql for sql in ours if "accounts_user" in sql.split("WHERE")[0] or "django_session" in sql]
    assert len(ours) - len(about_people) <= 5, ours
    assert len(ours) <= 8, ours
