"""The raw Redis client, for what the cache framework cannot say (Lua, sorted sets)."""

from functools import cache

import redis
from django.conf import settings


@cache
def redis_client() -> "redis.Redis":
    """One pooled client a process; short time-outs, because a page must not wait for Redis."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2)
