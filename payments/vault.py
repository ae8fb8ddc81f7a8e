"""Tokens of saved ways to pay, encrypted at rest: the first key of SAVED_METHOD_KEYS encrypts, all decrypt."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from payments.errors import SavedMethodLockedError


def is_open() -> bool:
    """Without a key nothing can be saved, and the site does not offer it."""
    return bool(settings.SAVED_METHOD_KEYS)


def lock_up(token: str) -> str:
    return _fernet().encrypt(token.encode()).decode()


def take_out(locked_token: str) -> str:
    """Raises SavedMethodLockedError when no key fits."""
    try:
        return _fernet().decrypt(locked_token.encode()).decode()
    except InvalidToken:
        raise SavedMethodLockedError from None


def move_to_first_key(locked_token: str) -> str:
    """Encrypted anew by the first key; raises SavedMethodLockedError when no key fits."""
    try:
        return _fernet().rotate(locked_token.encode()).decode()
    except InvalidToken:
        raise SavedMethodLockedError from None


def _fernet() -> MultiFernet:
    if not is_open():
        raise SavedMethodLockedError
    return MultiFernet([Fernet(key) for key in settings.SAVED_METHOD_KEYS])
