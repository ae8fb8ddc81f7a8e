"""What one process remembers for a while, so that a crowd asking for the same thing costs one look."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Entry(NamedTuple):
    made_at: float
    weight: int
    value: Any


class Kept(Generic[Key, Value]):
    """A bounded memory: the least recently used values go first once all together weigh more than `most`."""

    everything: ClassVar["WeakSet[Kept[Any, Any]]"] = WeakSet()

    def __init__(self, most: int, *, weigh: Callable[[Value], int] = lambda _value: 1) -> None:
        self.most = most
        self.weigh = weigh
        self.entries: OrderedDict[Key, Entry] = OrderedDict()
        self.weight = 0
        self.lock = Lock()
        self.everything.add(self)

    def get(
        self,
        key: Key,
        make: Callable[[], Value],
        *,
        seconds: float = math.inf,
        is_fresh: Callable[[Value], bool] = lambda _value: True,
    ) -> Value:
        """The kept value if it is younger than `seconds` and fresh, else what `make` returns, which is kept.

        `make` runs without the lock: two threads may both make a value, but none waits for another's.
        """
        began_at = time.monotonic()
        with self.lock:
            entry = self.entries.get(key)
            if entry is not None and began_at - entry.made_at < seconds and is_fresh(entry.value):
                self.entries.move_to_end(key)
                return entry.value  # type: ignore[no-any-return]
        value = make()
        self.keep(key, value, made_at=began_at)
        return value

    def keep(self, key: Key, value: Value, *, made_at: float) -> None:
        entry = Entry(made_at, self.weigh(value), value)
        with self.lock:
            self.weight += entry.weight - self.weight_of(key)
            self.entries[key] = entry
            self.entries.move_to_end(key)
            # The newest stays whatever it weighs: someone is about to use it.
            while self.weight > self.most and len(self.entries) > 1:
                self.weight -= self.entries.popitem(last=False)[1].weight

    def weight_of(self, key: Key) -> int:
        entry = self.entries.get(key)
        return entry.weight if entry else 0

    def clear(self) -> None:
        with self.lock:
            self.entries.clear()
            self.weight = 0


def forget_everything() -> None:
    """For tests, whose database begins again with the same keys."""
    for kept in list(Kept.everything):
        kept.clear()
