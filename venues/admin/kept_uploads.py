"""Uploads that wait for a decision: in the cache, for an hour, for the one who sent them."""

import zlib
from secrets import token_urlsafe

from django.core.cache import cache

KEPT_SECONDS = 3600


def keep_upload(content: bytes, *, user_id: object) -> str:
    """The key that finds it again."""
    token = token_urlsafe(18)
    cache.set(cache_key(token, user_id), zlib.compress(content, 1), KEPT_SECONDS)
    return token


def find_upload(token: str, *, user_id: object) -> bytes | None:
    """None once it is an hour old, and for anyone else; a look at it starts the hour again."""
    packed = cache.get(cache_key(token, user_id))
    if packed is None:
        return None
    cache.touch(cache_key(token, user_id), KEPT_SECONDS)
    return zlib.decompress(packed)


def forget_upload(token: str, *, user_id: object) -> None:
    cache.delete(cache_key(token, user_id))


def cache_key(token: str, user_id: object) -> str:
    return f"venues.upload:{user_id}:{token}"
