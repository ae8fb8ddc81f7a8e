"""Which seats changed hands, for everyone who looks at a map: a delta since a version, from Redis.

The database decides who gets a place; this only keeps maps fresh. Versions are milliseconds, so that
they go on rising after Redis was lost; a viewer older than what Redis still knows is told to reload.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.db import transaction
from redis.commands.core import Script
from redis.exceptions import RedisError

from ticketing.redis import redis_client

logger = logging.getLogger(__name__)

KEEP_SECONDS = 2 * 24 * 3600
DIRTY_KEY = "availability:dirty"

# KEYS: changes, version, floor. ARGV: seconds to keep, then "t<seat>" (taken) and "f<seat>" (free).
RECORD = """
local clock = redis.call('TIME')
local version = clock[1] * 1000 + math.floor(clock[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if version <= last then version = last + 1 end
redis.call('SET', KEYS[2], version, 'EX', ARGV[1])
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SET', KEYS[3], version - 1) end
redis.call('EXPIRE', KEYS[3], ARGV[1])
for index = 2, #ARGV do
  local other = (string.sub(ARGV[index], 1, 1) == 't' and 'f' or 't') .. string.sub(ARGV[index], 2)
  redis.call('ZREM', KEYS[1], other)
  redis.call('ZADD', KEYS[1], version, ARGV[index])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return version
"""

# KEYS: changes, version, floor, standing. ARGV: since, seconds to keep; 0 seconds writes nothing.
READ = """
local version = redis.call('GET', KEYS[2])
local floor = redis.call('GET', KEYS[3])
if not version or not floor then
  local clock = redis.call('TIME')
  version = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
  floor = version
  if tonumber(ARGV[2]) > 0 then
    redis.call('SET', KEYS[2], version, 'EX', ARGV[2])
    redis.call('SET', KEYS[3], floor, 'EX', ARGV[2])
  end
end
local changes = {}
if tonumber(ARGV[1]) >= tonumber(floor) then
  changes = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')
end
return {version, floor, changes, redis.call('HGETALL', KEYS[4])}
"""


@dataclass(frozen=True, slots=True)
class Delta:
    """Changes since a version; `is_stale` means that the viewer must load the whole map again."""

    version: int
    is_stale: bool
    taken: list[int]
    free: list[int]
    standing: dict[int, int]


@cache
def script(source: str) -> Script:
    return redis_client().register_script(source)


def keys_of(event_session_id: int) -> list[str]:
    tag = f"availability:{{{event_session_id}}}"
    return [f"{tag}:changes", f"{tag}:version", f"{tag}:floor", f"{tag}:standing"]


def announce(event_session_id: int, *, taken: Collection[int] = (), free: Collection[int] = ()) -> None:
    """Tell every map after the caller's transaction commits; losing this costs freshness only."""
    transaction.on_commit(partial(record, event_session_id, list(taken), list(free)), robust=True)


def record(event_session_id: int, taken: Collection[int], free: Collection[int]) -> None:
    marks = [*(f"t{seat}" for seat in taken), *(f"f{seat}" for seat in free)]
    try:
        if marks:
            script(RECORD)(keys=keys_of(event_session_id)[:3], args=[KEEP_SECONDS, *marks])
        redis_client().sadd(DIRTY_KEY, event_session_id)
    except RedisError:
        logger.warning("availability not announced", extra={"event_session_id": event_session_id})


def read_delta(event_session_id: int, since: int, *, keep_seconds: int = 0) -> Delta:
    """What changed after `since`, in one Redis call. Raises redis.RedisError when Redis is away.

    Keeps nothing unless asked to: strangers may ask about numbers that are no session's.
    """
    version, floor, changes, standing = script(READ)(keys=keys_of(event_session_id), args=[since, keep_seconds])
    marks = [mark.decode() for mark in changes]
    return Delta(
        version=int(version),
        is_stale=since < int(floor),
        taken=[int(mark[1:]) for mark in marks if mark[0] == "t"],
        free=[int(mark[1:]) for mark in marks if mark[0] == "f"],
        standing={int(standing[at]): int(standing[at + 1]) for at in range(0, len(standing), 2)},
    )


def current_version(event_session_id: int) -> int:
    """The version to start from, read BEFORE the database; 0 when Redis is away (the first poll reloads)."""
    try:
        return read_delta(event_session_id, since=2**52, keep_seconds=KEEP_SECONDS).version
    except RedisError:
        return 0


def keep_standing(event_session_id: int, left: Mapping[int, int]) -> None:
    """How many standing places each section has left, for the maps."""
    if left:
        key = keys_of(event_session_id)[3]
        redis_client().hset(key, mapping={str(section): count for section, count in left.items()})
        redis_client().expire(key, KEEP_SECONDS)


def pop_dirty(most: int = 100) -> list[int]:
    """Event sessions whose inventory changed since the last call."""
    members: Any = redis_client().spop(DIRTY_KEY, most) or []
    return [int(member) for member in members]
