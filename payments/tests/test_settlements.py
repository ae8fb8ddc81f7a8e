"""What an event earned and where its money is, for finance: on the page, in the list and as files."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.roles import FINANCE, SUPPORT
from events.models import Event
from payments.gateways.base import RefundState
from payments.models import Refund
from payments.services.cancelling import cancel_tickets, cancel_under_policy, refund_amount
from payments.services.refunds import settle_refund
from payments.settlements import settle_event, sum_events
from tests.booking import go_to_payment, hold, pay
from tests.factories import NOON, make_event, make_event_session, make_user
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def fiona():
    return make_staff(FINANCE, "fiona")


@pytest.fixture
def concert():
    """Of four tickets at 60.00 with a fee of 1.20 and 20 % tax, one is cancelled for 41.20; 10.00 is goodwill."""
    event = make_event("Concert", tax_percent="20", fee_per_ticket="1.20")
    event_session = make_event_session("A1 A2 A3 A4", price="60.00", event=event)
    first = pay(go_to_payment(hold(event_session, "A1 A2"))).booking
    pay(go_to_payment(hold(event_session, "A3 A4")))
    ticket = first.tickets.first()
    cancel_tickets(booking_id=first.pk, ticket_ids=[ticket.pk], kept=Decimal(20), now=NOON)
    given = RefundState(provider_id="re_1", status="succeeded")
    settle_refund(refund_id=Refund.objects.get().pk, state=given, now=NOON)
    refund_amount(booking_id=first.pk, amount=Decimal(10), key="1", note="", now=NOON, actor=make_user("sue"))
    return event


def test_an_event_is_settled_out_of_the_ledger_and_its_money_is_found_at_the_provider(concert):
    [settlement] = settle_event(concert.pk)

    sums = settlement.sums
    assert (sums.tickets.sold, sums.tickets.taken_back, sums.tickets.remains) == (200, 50, 150)
    assert (sums.fees.sold, sums.fees.taken_back) == (4, 1)
    assert (sums.tax.sold, sums.tax.taken_back) == (Decimal("40.80"), Decimal("10.20"))
    assert (sums.kept, sums.goodwill, sums.chargebacks) == (20, 10, 0)
    assert sums.result == Decimal("193.60")
    [provider] = settlement.providers
    assert (provider.gateway, provider.paid_in, provider.given_back) == ("sandbox", Decimal("244.80"), Decimal("41.20"))
    assert settlement.on_the_way == 10
    assert settlement.balance - settlement.on_the_way == sums.result
    assert settlement.rounding == 0


def test_events_of_one_basket_each_get_their_part_and_together_all_of_it():
    concert, film = make_event("Concert"), make_event("Film")
    basket = hold(make_event_session("A1 A2", price="30.00", event=concert), "A1 A2")
    hold(make_event_session("A1", price="30.00", event=film), "A1", basket=basket)
    booking = pay(go_to_payment(basket)).booking
    pay(go_to_payment(hold(make_event_session("A1", price="20.00", event=film), "A1")))
    ticket = booking.tickets.get(event_session__event=film)
    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], kept=Decimal(5), now=NOON)
    refund_amount(booking_id=booking.pk, amount=Decimal("1.01"), key="1", note="", now=NOON, actor=make_user("sue"))

    [of_concert], [of_film] = settle_event(concert.pk), settle_event(film.pk)

    assert of_concert.sums.result + of_film.sums.result == Decimal("83.99")
    assert [each.providers[0].paid_in for each in (of_concert, of_film)] == [60, 50]
    assert of_concert.on_the_way + of_film.on_the_way == Decimal("26.01")
    for each in (of_concert, of_film):
        assert each.rounding == 0


@pytest.fixture
def mixed_booking():
    """One ticket at 60.00 of an event that keeps half by now, one at 40.00 of an event that keeps nothing."""
    now = timezone.now()
    half = make_event("Half", refund_free_hours=240, refund_kept_percent=50)
    nothing = make_event("Nothing", refund_free_hours=1)
    sessions = [
        make_event_session("A1", price=price, event=event, now=now, starts_in=timedelta(days=7))
        for price, event in (("60.00", half), ("40.00", nothing))
    ]
    basket = hold(sessions[0], "A1", now=now)
    hold(sessions[1], "A1", basket=basket, now=now)
    return pay(go_to_payment(basket, now=now), now=now).booking


def cancel_as_customer(booking):
    ticket_ids = list(booking.tickets.values_list("pk", flat=True))
    cancel_under_policy(
        booking_id=booking.pk, ticket_ids=ticket_ids, back=Decimal(70), destination="original", now=timezone.now()
    )


def cancel_as_staff(booking):
    client = Client()
    sign_in(client, SUPPORT, "sue")
    tickets = list(booking.tickets.values_list("pk", flat=True))
    answers = {"ticket": tickets, "keep": "policy", "destination": "original", "note": "She is ill."}
    client.post(reverse("admin:bookings_booking_refund", args=[booking.pk]), answers)


def test_a_settlement_costs_as_many_queries_for_ten_mixed_baskets_as_for_two(django_assert_num_queries):
    concert, film = make_event("Concert"), make_event("Film")
    seats = [f"A{number}" for number in range(1, 11)]
    sessions = [make_event_session(" ".join(seats), price="30.00", event=event) for event in (concert, film)]

    def sell(seat):
        basket = hold(sessions[0], seat)
        hold(sessions[1], seat, basket=basket)
        pay(go_to_payment(basket))

    for seat in seats[:2]:
        sell(seat)
    with CaptureQueriesContext(connection) as few:
        settle_event(concert.pk)
    for seat in seats[2:]:
        sell(seat)

    with django_assert_num_queries(len(few)):
        [settlement] = settle_event(concert.pk)
    assert [each.paid_in for each in settlement.providers] == [300]
    assert settlement.rounding == 0


@pytest.mark.parametrize("cancel", [cancel_as_customer, cancel_as_staff])
def test_what_a_policy_keeps_is_the_events_whose_policy_it_is(mixed_booking, cancel):
    cancel(mixed_booking)

    kept = {event.title: sum_events([event.pk])[event.pk, "EUR"].kept for event in Event.objects.all()}
    assert kept == {"Half": 30, "Nothing": 0}


def test_an_event_that_sold_nothing_has_no_settlement():
    event_session = make_event_session("A1")
    hold(event_session, "A1")

    assert settle_event(event_session.event_id) == []
    assert sum_events([event_session.event_id]) == {}


def test_the_page_shows_the_sums_and_offers_files(client, fiona, concert):
    client.force_login(fiona)

    page = client.get(reverse("admin:payments_settlement_change", args=[concert.pk])).content.decode()

    assert "193.60 EUR" in page
    assert "−10.00" in page
    assert reverse("admin:payments_settlement_file", args=[concert.pk, "xlsx"]) in page


def test_one_settlement_comes_as_csv_and_as_excel(client, fiona, concert):
    client.force_login(fiona)

    text = client.get(reverse("admin:payments_settlement_file", args=[concert.pk, "csv"])).content.decode()
    book = client.get(reverse("admin:payments_settlement_file", args=[concert.pk, "xlsx"])).content

    rows = {row["part"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["tickets"] == {
        "part": "tickets",
        "currency": "EUR",
        "sold": "200.00",
        "cancelled": "-50.00",
        "remains": "150.00",
    }
    assert rows["result"]["remains"] == "193.60"
    assert rows["sandbox: given back"]["remains"] == "-41.20"
    sheet = load_workbook(io.BytesIO(book)).active
    assert sheet.max_row == len(rows) + 1


def test_the_list_shows_events_with_sales_and_exports_them(client, fiona, concert):
    make_event_session("A1", event=make_event("Nobody came"))
    client.force_login(fiona)

    page = client.get(reverse("admin:payments_settlement_changelist")).content.decode()
    taken = client.post(reverse("admin:payments_settlement_export"), {"format": "0", "resource": ""}).content.decode()

    assert "€193.60" in page
    assert "Nobody came" not in page
    [row] = csv.DictReader(io.StringIO(taken))
    assert (row["title"], row["currency"], row["tickets"], row["result"]) == ("Concert", "EUR", "200.00", "193.60")


def test_the_list_costs_as_many_queries_for_ten_events_as_for_two(client, fiona):
    client.force_login(fiona)

    def sell(count):
        for _ in range(count):
            pay(go_to_payment(hold(make_event_session("A1"), "A1")))

    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("admin:payments_settlement_changelist")).status_code == 200
        return len(queries)

    sell(2)
    few = count_queries()
    sell(8)

    assert count_queries() == few


@pytest.mark.parametrize("page", ["changelist", "export", "change", "file"])
def test_others_see_no_settlement(client, concert, page):
    sign_in(client, SUPPORT)
    args = {"change": [concert.pk], "file": [concert.pk, "csv"]}.get(page, [])

    assert client.get(reverse(f"admin:payments_settlement_{page}", args=args)).status_code == 403


def test_files_of_other_kinds_and_of_events_without_sales_are_not_found(client, fiona, concert):
    client.force_login(fiona)
    empty = make_event("Nobody came")

    for args in ([concert.pk, "exe"], [empty.pk, "csv"]):
        assert client.get(reverse("admin:payments_settlement_file", args=args)).status_code == 404


def test_balances_name_each_gateway_each_account_and_who_waits_for_money(client, fiona, concert):
    client.force_login(fiona)

    answer = client.get(reverse("admin:payments_ledgerentry_balances"))

    [balance] = answer.context["balances"]
    [provider] = balance.providers
    assert (provider.gateway, provider.balance) == ("sandbox", Decimal("203.60"))
    assert dict(balance.accounts)["Given back as goodwill"] == 10
    assert balance.total == 0
    assert [(reference, owed) for _pk, reference, owed in balance.owed] == [
        (Refund.objects.latest("pk").payment.booking.reference, 10)
    ]


def test_balances_are_for_those_who_read_the_ledger(client, concert):
    sign_in(client, SUPPORT)

    assert client.get(reverse("admin:payments_ledgerentry_balances")).status_code == 403
