"""Fiona keeps the books: she sees money and the bookings behind it, and of the back office nothing else."""

from itertools import chain

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core import serializers
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import FINANCE
from bookings.models import Booking
from payments.services.cancelling import refund_amount
from tests.factories import make_confirmed_booking, make_event_session, make_user
from tests.staff import sign_in
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db

# What everyone who works in the back office has.
FOR_ALL = {
    *("index", "login", "logout", "password_change", "password_change_done", "jsi18n", "autocomplete", "search"),
    *("app_list", "view_on_site", "toggle_sidebar"),
}
SEEN = {
    "bookings_booking",
    "bookings_rescheduling",
    *(
        f"payments_{model}"
        for model in (
            *("payment", "refund", "ledgerentry", "settlement", "receipt", "voucher", "dispute", "discrepancy"),
            "giftvoucher",
            *("reconciliation", "providerevent", "gatewaystatus", "calloff"),
        )
    ),
}
# Her own pages on rows that she sees; whatever changes something else is tried and must be refused.
HER_PAGES = {
    "changelist",
    "change",
    "history",
    "export",
    "refund",
    "file",
    "pdf",
    "show_pdf",
    "open_refund",
    "balances",
    "open_balances",
}
MAY_DO = {"payments_refund", "payments_giftvoucher", "payments_discrepancy", "payments_reconciliation"}
# The traces of trying itself.
TRACES = {LogEntry, Session, Message}


@pytest.fixture
def booking():
    booking = make_confirmed_booking(make_event_session("A1 A2", now=timezone.now()), "A1", now=timezone.now())
    refund_amount(booking_id=booking.pk, amount=5, key="1", note="", now=timezone.now(), actor=make_user("sue"))
    return booking


@pytest.fixture
def fiona(client):
    return sign_in(client, FINANCE, "fiona")


def list_patterns(patterns=None):
    """Every address of the back office, by its name."""
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from list_patterns(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern


def address(pattern):
    """With a row that exists, where there is one."""
    model = next((each for each in admin.site._registry if pattern.name.startswith(prefix(each))), None)
    row = model._base_manager.first() if model else None
    values = {
        name: (row.pk if row else 1) if name in {"object_id", "pk", "id"} else "csv" if name == "kind" else 1
        for name in pattern.pattern.converters
    }
    if "content_type_id" in values or pattern.name == "app_list":
        return None
    return reverse(f"admin:{pattern.name}", kwargs=values)


def prefix(model):
    return f"{model._meta.app_label}_{model._meta.model_name}_"


def split(name):
    """“payments_refund_change” -> (“payments_refund”, “change”)."""
    model = next((each for each in admin.site._registry if name.startswith(prefix(each))), None)
    return (prefix(model)[:-1], name.removeprefix(prefix(model))) if model else ("", name)


def list_foreign():
    """(name, address) of all that is not hers."""
    for pattern in list_patterns():
        model, page = split(pattern.name)
        url = address(pattern)
        if url and pattern.name not in FOR_ALL and not (model in SEEN and page in HER_PAGES) and model not in MAY_DO:
            yield pattern.name, url


def dump_everything():
    models = [model for model in admin.site._registry if model not in TRACES and not model._meta.proxy]
    rows = chain.from_iterable(model._base_manager.order_by("pk") for model in [*models, User])
    return serializers.serialize("json", rows)


def test_every_other_page_of_the_back_office_is_shut(client, fiona, booking):
    foreign = list(list_foreign())

    opened = {name for name, url in foreign if not is_shut(client.get(url))}

    assert len(foreign) > 150
    assert opened == set()


def test_posting_to_every_other_address_changes_nothing(client, fiona, booking):
    before = dump_everything()

    for _name, url in list_foreign():
        assert is_shut(client.post(url, {"_form_submitted": "True", "post": "yes", "name": "x"})), url

    assert dump_everything() == before


def skip_unless_there(name):
    if name not in {pattern.name for pattern in list_patterns()}:
        pytest.skip("there is no such page")


def is_shut(answer):
    """Refused, or sent away to the first page because there is no such row."""
    return answer.status_code in {403, 404, 405} or (answer.status_code == 302 and answer.url == reverse("admin:index"))


@pytest.mark.parametrize("model", sorted(SEEN))
def test_what_is_hers_opens_and_is_in_her_menu(client, fiona, booking, model):
    skip_unless_there(f"{model}_changelist")
    url = reverse(f"admin:{model}_changelist")

    assert client.get(url).status_code == 200
    assert f'href="{url}"' in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("model", sorted(SEEN - {"payments_providerevent", "payments_gatewaystatus"}))
def test_she_takes_every_list_away_as_a_file(client, fiona, booking, model):
    skip_unless_there(f"{model}_export")

    assert client.post(reverse(f"admin:{model}_export"), {"format": "0", "resource": ""}).status_code == 200


def test_her_menu_leads_nowhere_else(client, fiona, booking):
    page = client.get(reverse("admin:index")).content.decode()

    for model in admin.site._registry:
        name = prefix(model)[:-1]
        if name not in SEEN:
            assert f'href="{reverse(f"admin:{name}_changelist")}"' not in page, name


def test_a_booking_shows_her_its_money_and_lets_her_change_none_of_it(client, fiona, booking):
    url = reverse("admin:bookings_booking_change", args=[booking.pk])

    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "Mallory", "email": "mallory@example.com", "phone": ""}).status_code == 403
    assert Booking.objects.get(pk=booking.pk).name == "Alice"


def test_a_field_of_hers_lists_no_events(client, fiona):
    query = {"app_label": "payments", "model_name": "methodrule", "field_name": "event", "term": ""}

    assert client.get(reverse("admin:autocomplete"), query).status_code == 403
