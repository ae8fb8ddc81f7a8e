"""The test cards, and the checks a card form does. Real card numbers are turned away unread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

SUCCESS, DECLINED, SECURE = "4242424242424242", "4000000000000002", "4000002760003184"
DIGITS_SHOWN = 4
OUTCOMES = {SUCCESS: "pay", DECLINED: "decline", SECURE: "secure"}


@dataclass(frozen=True)
class CardForm:
    """What was typed, kept for showing it again, with one sentence for each field that is wrong."""

    number: str
    expiry: str
    cvc: str
    errors: Mapping[str, str]

    @property
    def outcome(self) -> str:
        return OUTCOMES[_digits(self.number)]


def filled_in(today: date) -> CardForm:
    """The success card, good for another three years."""
    return CardForm("4242 4242 4242 4242", f"12 / {(today.year + 3) % 100:02d}", "123", {})


def read_card(form: Mapping[str, str], today: date) -> CardForm:
    number, expiry, cvc = (form.get(name, "")[:40].strip() for name in ("number", "expiry", "cvc"))
    errors = {}
    if _digits(number) not in OUTCOMES:
        # Never echo it: it may be someone's real card.
        number = ""
        errors["number"] = "Only the test numbers below work here. Please never type a real card."
    if not _is_in_future(expiry, today):
        errors["expiry"] = "Write a month and year to come, such as 12 / 30."
    if not (cvc.isascii() and cvc.isdecimal() and len(cvc) in {3, 4}):
        errors["cvc"] = "Write three or four digits."
        cvc = ""
    return CardForm(number, expiry, cvc, errors)


def _digits(number: str) -> str:
    return number.replace(" ", "").replace("-", "")


def _is_in_future(expiry: str, today: date) -> bool:
    month, slash, year = expiry.replace(" ", "").partition("/")
    if not (slash and expiry.isascii() and month.isdecimal() and year.isdecimal() and len(year) in {2, 4}):
        return False
    return 1 <= int(month) <= 12 and (2000 + int(year) % 100, int(month)) >= (today.year, today.month)
