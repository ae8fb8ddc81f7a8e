"""What is asked for every second is answered by the view alone."""

import pytest
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.urls import path
from redis.exceptions import ConnectionError as RedisAwayError


def hello(request):
    assert not hasattr(request, "session")
    assert not hasattr(request, "user")
    return HttpResponse("Hello")


def raising(fault):
    def view(request):
        raise fault

    return view


urlpatterns = [
    path("live/hello/", hello),
    path("live/hidden/", raising(Http404("A draft of ours"))),
    path("live/no-redis/", raising(RedisAwayError)),
    path("live/no-database/", raising(OperationalError(2002, "Can't connect"))),
    path("live/wrong/", raising(OperationalError(1054, "Unknown column"))),
]
handler500 = raising(LookupError("The site's own page has links that are not here."))
pytestmark = pytest.mark.urls(__name__)


def test_neither_session_nor_cookie_nor_database_is_needed(client):
    client.cookies["sessionid"] = "x" * 32

    response = client.get("/live/hello/")

    assert response.content == b"Hello"
    assert response.headers["Content-Length"] == "5"
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_what_opens_it_as_a_page_may_load_and_run_nothing(client):
    headers = client.get("/live/hello/").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_it_can_only_be_read(client, method):
    response = getattr(client, method)("/live/hello/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_head_tells_the_length_and_sends_nothing(client):
    response = client.head("/live/hello/")

    assert response.status_code == 200
    assert response.headers["Content-Length"] == "5"
    assert not response.content


@pytest.mark.parametrize("address", ["/live/nowhere/", "/live/hidden/", "/live/"])
def test_what_is_not_there_is_said_in_two_words(client, address):
    response = client.get(address)

    assert response.status_code == 404
    assert response.content == b"Not found."
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("address", "seconds"), [("/live/no-redis/", "3"), ("/live/no-database/", "10")])
def test_while_a_service_is_away_it_asks_for_patience(client, address, seconds):
    response = client.get(address)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == seconds
    assert response.headers["Cache-Control"] == "no-store"


def test_a_fault_of_ours_stays_a_fault(client):
    with pytest.raises(LookupError) as caught:
        client.get("/live/wrong/")

    assert isinstance(caught.value.__context__, OperationalError)
