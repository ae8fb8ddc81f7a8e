import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from bookings.errors import ForgedCodeError, UnknownCodeError
from bookings.tickets.codes import CONTEXT, looks_signed, make_key, public_keys, read_code, sign_ticket

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
# Ed25519 is deterministic, so this text is fixed by the key, the ticket and RFC 8032 alone.
VECTOR = (
    "AEAAAAAAAAAAAKQAAHQRX3JQEOZO24X5SZ3NU4BUOQG2PVPDJSK5NFWXWSPP"
    "O3MO5D44YCRV56QF4DS4NBKRFPGP4FHGSYYHEKXKUNDZKY2VL2TGAAW42EAN"
)


@pytest.fixture(autouse=True)
def _keys(settings):
    settings.TICKET_SIGNING_KEYS = [OLD]


@given(ticket_id=st.integers(0, 2**64 - 1), revision=st.integers(0, 2**16 - 1))
def test_what_is_signed_reads_back(ticket_id, revision):
    assert read_code(sign_ticket(ticket_id, revision)) == (ticket_id, revision)


def test_a_code_is_fixed_by_key_and_ticket():
    assert sign_ticket(42, 1) == VECTOR


def test_a_code_suits_the_compact_alphanumeric_mode():
    assert len(VECTOR) == 120
    assert set(VECTOR) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert looks_signed(VECTOR)
    assert not looks_signed("ACDE-FGHJ-KMNP")


def test_caps_lock_and_line_ends_of_a_keyboard_scanner_do_no_harm():
    assert read_code(f" {VECTOR.lower()}\r\n") == (42, 1)


@given(position=st.integers(0, 74), mask=st.integers(1, 255))
def test_no_byte_can_be_changed(position, mask):
    data = bytearray(base64.b32decode(sign_ticket(42, 1)))
    data[position] ^= mask
    with pytest.raises((ForgedCodeError, UnknownCodeError)):
        read_code(base64.b32encode(data).decode())


@pytest.mark.parametrize("position", range(120))
def test_no_letter_can_be_changed(position):
    other = "B" if VECTOR[position] == "A" else "A"
    with pytest.raises((ForgedCodeError, UnknownCodeError)):
        read_code(VECTOR[:position] + other + VECTOR[position + 1 :])


@given(st.text(max_size=200))
def test_any_text_is_refused_and_never_a_fault(text):
    with pytest.raises((ForgedCodeError, UnknownCodeError)):
        read_code(text)


@given(st.binary(min_size=74, max_size=74))
def test_a_made_up_signature_is_a_forgery(rest):
    with pytest.raises(ForgedCodeError):
        read_code(base64.b32encode(b"\x01" + rest).decode())


@pytest.mark.parametrize("text", ["", " ", "A" * 119, "A" * 121, "A" * 5_000_000, "ß" * 120, "1" * 120, "=" * 120])
def test_garbage_of_any_size_is_unknown(text):
    with pytest.raises(UnknownCodeError):
        read_code(text)


def test_a_later_version_is_unknown_rather_than_forged():
    data = bytearray(base64.b32decode(VECTOR))
    data[0] = 2
    with pytest.raises(UnknownCodeError):
        read_code(base64.b32encode(data).decode())


def test_a_strangers_key_forges_nothing(settings):
    settings.TICKET_SIGNING_KEYS = [NEW]
    with pytest.raises(ForgedCodeError):
        read_code(VECTOR)


def test_after_a_key_change_old_tickets_still_open_the_door(settings):
    settings.TICKET_SIGNING_KEYS = [NEW, OLD]
    assert read_code(VECTOR) == (42, 1)
    assert sign_ticket(42, 1) != VECTOR


def test_a_signature_for_another_purpose_is_no_ticket():
    payload = base64.b32decode(VECTOR)[:11]
    signature = Ed25519PrivateKey.from_private_bytes(base64.b64decode(OLD)).sign(payload)
    with pytest.raises(ForgedCodeError):
        read_code(base64.b32encode(payload + signature).decode())


def test_the_public_key_is_enough_to_check_a_ticket():
    data = base64.b32decode(VECTOR)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_keys()[0]))
    key.verify(data[11:], CONTEXT + data[:11])


@pytest.mark.parametrize("keys", [[], ["!! not a key !!"], [base64.b64encode(b"short").decode()]])
def test_a_missing_or_broken_key_is_said_without_quoting_it(settings, keys):
    settings.TICKET_SIGNING_KEYS = keys
    with pytest.raises(ImproperlyConfigured) as refusal:
        sign_ticket(1, 1)
    assert not any(key in str(refusal.value) for key in keys)


def test_the_command_prints_a_new_usable_key(settings, capsys):
    call_command("make_ticket_key")
    key = capsys.readouterr().out.strip()
    settings.TICKET_SIGNING_KEYS = [key]
    assert read_code(sign_ticket(7, 3)) == (7, 3)
    assert key != make_key()
