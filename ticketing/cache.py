"""Django's Redis cache with one client a thread instead of a new one for every call.

Making a client fills a table of 170 answers' readers, which takes longer than asking Redis does.
"""

from typing import Any

from django.core.cache.backends import redis as backend


class KeptClient(backend.RedisCacheClient):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._kept: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if write not in self._kept:
            self._kept[write] = super().get_client(key, write=write)
        return self._kept[write]


class RedisCache(backend.RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
