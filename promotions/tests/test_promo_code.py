"""What a code is for, and what it takes off."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from promotions.errors import PromoCodeOverError, PromoCodeTooEarlyError, PromoCodeUnknownError
from promotions.models import PromoCode, read_code
from promotions.selectors import find_promo_code
from ticketing.money import round_to_unit

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
PRICES = st.decimals(min_value=0, max_value=100_000, places=2)


@pytest.mark.parametrize("typed", ["SPRING10", "spring10", " spring-10 ", "Spring 10"])
def test_a_code_is_read_in_any_case_with_hyphens_and_spaces(typed):
    assert read_code(typed) == "SPRING10"


@pytest.mark.parametrize(
    ("fields", "full", "currency", "off"),
    [
        ({"percent": Decimal(10)}, "45.00", "EUR", "4.50"),
        ({"percent": Decimal("33.33")}, "9.99", "EUR", "3.33"),
        ({"percent": Decimal("12.5")}, "0.04", "EUR", "0.01"),
        ({"percent": Decimal(15)}, "1210", "JPY", "182"),
        ({"percent": Decimal(100)}, "45.00", "EUR", "45.00"),
        ({"amount": Decimal(5), "currency": "EUR"}, "45.00", "EUR", "5.00"),
        ({"amount": Decimal(50), "currency": "EUR"}, "45.00", "EUR", "45.00"),
        ({"amount": Decimal(5), "currency": "EUR"}, "45.00", "USD", "0"),
    ],
)
def test_what_a_ticket_costs_less(fields, full, currency, off):
    assert PromoCode(**fields).take_off(Decimal(full), currency) == Decimal(off)


@given(full=PRICES, percent=st.decimals(min_value="0.01", max_value=100, places=2))
def test_percent_take_off_whole_units_and_never_more_than_all(full, percent):
    off = PromoCode(percent=percent).take_off(full, "EUR")

    assert 0 <= off <= full
    assert off == round_to_unit(off, "EUR")
    assert abs(off - full * percent / 100) <= Decimal("0.005")


@given(full=PRICES, amount=st.decimals(min_value="0.01", max_value=100_000, places=2))
def test_an_amount_is_taken_off_as_far_as_the_price_goes(full, amount):
    assert PromoCode(amount=amount, currency="EUR").take_off(full, "EUR") == min(amount, full)


def test_dates_are_checked_to_the_moment():
    code = PromoCode(starts_at=NOON.replace(hour=10), ends_at=NOON.replace(hour=14))

    code.check_dates(NOON.replace(hour=10))
    with pytest.raises(PromoCodeTooEarlyError, match="10:00"):
        code.check_dates(NOON.replace(hour=9))
    with pytest.raises(PromoCodeOverError, match="14:00"):
        code.check_dates(NOON.replace(hour=14))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"code": "-- "}, "code"),
        ({"percent": None}, "percent"),
        ({"amount": Decimal(5)}, "percent"),
        ({"starts_at": NOON, "ends_at": NOON}, "ends_at"),
    ],
)
def test_a_code_that_makes_no_sense_is_refused(fields, named):
    with pytest.raises(ValidationError) as refused:
        PromoCode(**({"code": "SPRING", "percent": Decimal(10)} | fields)).clean()

    assert named in refused.value.message_dict


@pytest.mark.django_db
def test_a_code_that_was_switched_off_is_as_good_as_unknown():
    code = PromoCode.objects.create(code="SPRING", percent=10)
    assert find_promo_code("spring") == code

    PromoCode.objects.update(is_active=False)

    with pytest.raises(PromoCodeUnknownError):
        find_promo_code("spring")
