"""Which seats changed hands, for everyone who looks at a map: a delta since a version, from Redis.

The database decides who gets a place; this only keeps maps fresh. Versions are milliseconds, so that
they go on rising after Redis was lost; a viewer older than what Redis still knows is told to reload.
"""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple
from zlib import crc32

from django.db import transaction
from redis.commands.core import Script
from redis.exceptions import RedisError

from ticketing.redis import redis_client

logger = logging.getLogger(__name__)

KEEP_SECONDS = 2 * 24 * 3600
DIRTY_KEY = "availability:dirty"
# Whoever missed more than that loads the map again, which is smaller than the list of what changed.
MOST_CHANGES = 5000
# As many may come twice, so that all viewers of one second go on from the same version (see `Delta`).
MOST_REPEATED = 500
AFTER_ALL = 2**52

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

# KEYS: changes, version, floor. ARGV: seconds to keep.
RELOAD = """
local clock = redis.call('TIME')
local version = clock[1] * 1000 + math.floor(clock[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if version <= last then version = last + 1 end
redis.call('SET', KEYS[2], version, 'EX', ARGV[1])
redis.call('SET', KEYS[3], version, 'EX', ARGV[1])
redis.call('DEL', KEYS[1])
return version
"""

# KEYS: changes, version, floor, left. ARGV: since, seconds to keep (0 writes nothing), most changes, most repeated.
READ = """
local version = redis.call('GET', KEYS[2])
local floor = redis.call('GET', KEYS[3])
local is_kept = 1
if not version or not floor then
  local clock = redis.call('TIME')
  version = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
  floor = version
  is_kept = 0
  if tonumber(ARGV[2]) > 0 then
    redis.call('SET', KEYS[2], version, 'EX', ARGV[2])
    redis.call('SET', KEYS[3], floor, 'EX', ARGV[2])
    is_kept = 1
  end
end
local shared = math.max(tonumber(floor), tonumber(version) - tonumber(version) % 1000)
if redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', shared), '+inf') > tonumber(ARGV[4]) then
  shared = tonumber(version)
end
local changes = {}
local is_stale = 1
if tonumber(ARGV[1]) >= tonumber(floor) then
  changes = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[3] + 1)
  is_stale = #changes > tonumber(ARGV[3]) and 1 or 0
  if is_stale == 1 then changes = {} end
end
return {version, floor, string.format('%.0f', shared), is_kept, is_stale, changes, redis.call('GET', KEYS[4]) or '{}'}
"""


@dataclass(frozen=True, slots=True)
class Delta:
    """Changes since a version; `is_stale` means that the viewer must load the whole map again.

    `shared_version` is where viewers go on from: the beginning of the version's second. What changed
    within it comes once more, which harms nothing, and all viewers ask for the same thing, so that a
    shared cache has one answer for all of them. `left_json` maps each section to the places it has
    left, as the worker counted them last.
    """

    version: int
    shared_version: int
    is_stale: bool
    taken: list[int]
    free: list[int]
    left_json: bytes

    @property
    def left(self) -> dict[int, int]:
        return {int(section): count for section, count in json.loads(self.left_json).items()}

    @property
    def etag(self) -> str:
        # The counts come by themselves, some seconds after the version.
        return f'"{self.version}-{crc32(self.left_json):x}"'

    def as_json(self) -> bytes:
        """Put together by hand: the counts of a stadium's sections pass through unread."""
        known = {"version": self.shared_version, "stale": self.is_stale, "taken": self.taken, "free": self.free}
        return json.dumps(known, separators=(",", ":"))[:-1].encode() + b',"left":' + self.left_json + b"}"


class Moment(NamedTuple):
    """Where a session's map stands: `floor` rises when all maps must be loaded again."""

    version: int
    shared_version: int
    floor: int
    is_kept: bool


@cache
def script(source: str) -> Script:
    return redis_client().register_script(source)


def keys_of(event_session_id: int) -> list[str]:
    tag = f"availability:{{{event_session_id}}}"
    return [f"{tag}:changes", f"{tag}:version", f"{tag}:floor", f"{tag}:left"]


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


def announce_reload(event_session_id: int) -> None:
    """Tell every map, after the caller's transaction commits, to load itself again: the plan is another one."""
    transaction.on_commit(partial(record_reload, event_session_id), robust=True)


def record_reload(event_session_id: int) -> None:
    try:
        script(RELOAD)(keys=keys_of(event_session_id)[:3], args=[KEEP_SECONDS])
        redis_client().sadd(DIRTY_KEY, event_session_id)
    except RedisError:
        logger.warning("reload not announced", extra={"event_session_id": event_session_id})


def read_delta(event_session_id: int, since: int) -> Delta:
    """What changed after `since`, in one Redis call. Raises redis.RedisError when Redis is away.

    Keeps nothing: strangers may ask about numbers that are no session's.
    """
    version, _floor, shared, _is_kept, is_stale, changes, left = _read(event_session_id, since, keep_seconds=0)
    marks = [mark.decode() for mark in changes]
    return Delta(
        version=int(version),
        shared_version=int(shared),
        is_stale=bool(is_stale),
        taken=[int(mark[1:]) for mark in marks if mark[0] == "t"],
        free=[int(mark[1:]) for mark in marks if mark[0] == "f"],
        left_json=left,
    )


def read_moment(event_session_id: int, *, is_to_be_kept: bool = False) -> Moment:
    """Where the map stands now, in one Redis call; at 0 when Redis is away, so that the first poll reloads.

    Only what is kept makes later deltas possible; keep nothing for numbers that may be no session's.
    """
    keep_seconds = KEEP_SECONDS if is_to_be_kept else 0
    try:
        version, floor, shared, is_kept, *_rest = _read(event_session_id, AFTER_ALL, keep_seconds=keep_seconds)
    except RedisError:
        return Moment(version=0, shared_version=0, floor=0, is_kept=True)
    return Moment(int(version), int(shared), int(floor), bool(is_kept))


def current_version(event_session_id: int) -> int:
    """The version to start from, read BEFORE the database; 0 when Redis is away (the first poll reloads)."""
    return read_moment(event_session_id, is_to_be_kept=True).version


def _read(event_session_id: int, since: int, *, keep_seconds: int) -> Any:
    return script(READ)(keys=keys_of(event_session_id), args=[since, keep_seconds, MOST_CHANGES, MOST_REPEATED])


def keep_left(event_session_id: int, left: Mapping[int, int]) -> None:
    """How many places each section has left, for the maps."""
    value = json.dumps({str(section): count for section, count in left.items()}, separators=(",", ":"))
    redis_client().set(keys_of(event_session_id)[3], value, ex=KEEP_SECONDS)


def mark_dirty(event_session_id: int) -> None:
    """Have its places counted again; losing this costs freshness only."""
    try:
        redis_client().sadd(DIRTY_KEY, event_session_id)
    except RedisError:
        logger.warning("session not marked for counting", extra={"event_session_id": event_session_id})


def pop_dirty(most: int = 100) -> list[int]:
    """Event sessions whose inventory changed since the last call."""
    members: Any = redis_client().spop(DIRTY_KEY, most) or []
    return [int(member) for member in members]
