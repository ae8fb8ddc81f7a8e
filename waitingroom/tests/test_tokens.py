import pytest
from django.core.signing import Signer

from waitingroom.tokens import Visitor, signer


def test_signatures_are_djangos_own():
    assert signer("Visitor").sign("device~7") == Signer(salt="waitingroom.Visitor").sign("device~7")


def test_what_was_signed_with_an_earlier_key_is_still_known(settings):
    sealed = Visitor("device", 7).seal()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next one"
    signer.cache_clear()
    try:
        assert Visitor.open(sealed) == Visitor("device", 7)
        assert Visitor("device", 7).seal() != sealed
    finally:
        signer.cache_clear()


@pytest.mark.parametrize("change", [lambda text: f"{text}x", lambda text: text.replace("7", "8", 1), str.upper])
def test_what_was_changed_is_nobodys(change):
    assert Visitor.open(change(Visitor("device", 7).seal())) is None
