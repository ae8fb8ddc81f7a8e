"""The promise of public pages: the same bytes for everyone, from one cache, also while the database is away."""

from unittest.mock import patch

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.factories import make_event_session, make_user
from ticketing.database_away import is_database_away
from ticketing.middleware import PublicPageCacheMiddleware
from ticketing.public_pages import public_page

pytestmark = pytest.mark.django_db
AWAY = OperationalError(2002, "Can't connect to server")


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def address():
    return make_event_session(now=timezone.now()).event.get_absolute_url()


@pytest.fixture
def _kept(settings):
    settings.PUBLIC_PAGE_SECONDS = 60


def database_away():
    return patch("django.db.models.sql.compiler.SQLCompiler.execute_sql", side_effect=AWAY)


@pytest.mark.parametrize("path", ["/", "/?q=spring", "event"])
def test_no_cookie_nothing_personal_and_the_same_bytes_for_everyone(client, address, path):
    path = address if path == "event" else path
    known = Client()
    known.force_login(make_user("Grace Hopper", is_staff=True))

    stranger, signed_in = client.get(path), known.get(path)

    assert stranger.content == signed_in.content
    for response in (stranger, signed_in):
        assert not response.cookies
        assert "Vary" not in response.headers
        assert response.headers["Cache-Control"].startswith("public, max-age=")
        assert "X-Public-Page" not in response.headers
        assert b"csrfmiddlewaretoken" not in response.content


@pytest.mark.usefixtures("_kept")
def test_the_second_visitor_costs_no_query(client, address, django_assert_num_queries):
    first = client.get(address)

    with django_assert_num_queries(0):
        second = client.get(address)

    assert second.content == first.content
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("_kept")
def test_another_query_is_another_page(client, address):
    assert client.get("/?q=spring").content != client.get("/?q=autumn").content


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/", "/?utm_source=letter&fbclid=1"),
        ("/?q=spring&city=", "/?utm_source=letter&city=&q=autumn&q=spring&x=%ff"),
        ("event", "event?filler=1"),
        ("event?all", "event?filler=1&all=2"),
    ],
)
def test_what_a_page_does_not_know_leads_to_the_same_copy(client, address, django_assert_num_queries, first, second):
    first, second = first.replace("event", address), second.replace("event", address)
    kept = client.get(first)
    assert "utm_source" not in kept.content.decode()

    with django_assert_num_queries(0):
        assert client.get(second).content == kept.content


def test_pages_that_are_not_public_keep_their_whole_query(client, address):
    assert client.get(f"{address}poster.svg?shape=banner").wsgi_request.GET.dict() == {"shape": "banner"}
    assert client.get("/events/nowhere/else/?next=1").wsgi_request.GET.dict() == {"next": "1"}
    assert client.get("/account/login/?next=/basket/").wsgi_request.GET.dict() == {"next": "/basket/"}


def test_a_stale_copy_answers_while_the_database_is_away(client, address, settings):
    settings.PUBLIC_PAGE_SECONDS = 60
    fresh = client.get(address)

    with patch("ticketing.middleware.time.time", return_value=timezone.now().timestamp() + 600), database_away():
        stale = client.get(address)

    assert (stale.status_code, stale.content) == (200, fresh.content)


@pytest.mark.usefixtures("_kept")
def test_while_one_request_makes_the_page_anew_others_get_the_copy(client, address, django_assert_num_queries):
    client.get(address)
    later = timezone.now().timestamp() + 61

    with (
        patch("ticketing.middleware.time.time", return_value=later),
        patch.object(cache, "add", return_value=False),
        django_assert_num_queries(0),
    ):
        assert client.get(address).status_code == 200


def test_without_a_copy_the_visitor_is_told_kindly_when_to_come_back(client, address):
    with database_away():
        response = client.get(address)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert "A short interval" in response.content.decode()


def test_a_fault_in_a_middleware_is_told_as_kindly(client, settings):
    settings.STAFF_NEED_MFA = True
    client.raise_request_exception = False
    client.force_login(make_user(is_staff=True))

    with patch("accounts.middleware.is_mfa_enabled", side_effect=AWAY):
        response = client.get("/admin/")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"


@pytest.mark.usefixtures("_kept")
def test_pages_answer_while_redis_is_away(client, address):
    with patch("django.core.cache.backends.redis.RedisCacheClient.get_client", side_effect=RedisConnectionError):
        assert client.get(address).status_code == 200


def test_a_page_that_looked_at_the_cookies_is_not_kept(settings):
    settings.PUBLIC_PAGE_SECONDS = 60

    @public_page()
    def careless(request):
        return HttpResponse("Hello Grace", headers={"Vary": "Cookie"})

    request = RequestFactory().get("/events/x/")
    request.user = AnonymousUser()
    middleware = PublicPageCacheMiddleware(careless)
    middleware(request)

    with patch.object(cache, "set") as kept:
        middleware(request)
    kept.assert_not_called()


@pytest.mark.parametrize(
    ("fault", "is_away"),
    [
        (AWAY, True),
        (OperationalError(2013, "Lost connection"), True),
        (OperationalError(1213, "Deadlock found"), True),
        (OperationalError(1205, "Lock wait timeout"), True),
        (OperationalError("database is locked"), True),
        (InterfaceError(0, ""), True),
        (OperationalError(1054, "Unknown column"), False),
        (OperationalError("no such table: x"), False),
        (OperationalError(), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_only_what_may_pass_by_itself_is_called_away(fault, is_away):
    assert is_database_away(fault) is is_away


def test_an_ordinary_fault_stays_one(client, address):
    client.raise_request_exception = False

    with patch("events.views.get_event_page", side_effect=ValueError):
        response = client.get(address)

    assert response.status_code == 500
    assert "That went wrong" in response.content.decode()


def test_the_policy_allows_no_inline_code_outside_the_admin(client, address):
    public = client.get(address).headers["Content-Security-Policy"]
    admin = client.get("/admin/login/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in public
    assert "unsafe" not in public
    assert "script-src 'self' 'unsafe-eval'" in admin
    assert "script-src 'self' 'unsafe-inline'" not in admin


@pytest.mark.parametrize("path", ["/nope/", "/events/nope/"])
def test_a_wrong_address_offers_a_way_on(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert "See what’s on" in response.content.decode()


def test_a_stale_form_is_explained():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/account/login/", {})

    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()
