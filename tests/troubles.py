"""A process that dies, a provider that falls silent, somebody who acts meanwhile: at any step of what runs.

boundaries = Boundaries()
with boundaries.watched():
    boundaries.run(work, {2: CRASH})           # dies at the third boundary
    boundaries.run(work, {0: SILENCE})         # the provider's first answer is lost
    boundaries.run(work, {1: someone_else})    # acts after the second, or as soon as `work` holds no lock

A boundary is the moment before or after a commit, a write outside transactions, or a call of the provider. Trouble
waits for the first one that fits: silence for a call, and whoever acts meanwhile for a moment outside transactions,
where no lock keeps them out.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.transaction import Atomic

CRASH, SILENCE = "crash", "silence"
Trouble = str | Callable[[], None]


class CrashError(BaseException):
    """The process is gone, so no `except Exception` may catch it."""


class SilentError(Exception):
    """No answer came, whether or not the provider acted."""


@dataclass
class Errand:
    """One process at work, and what is to befall it from which of its boundaries on."""

    waiting: dict[int, Trouble]
    passed: list[str] = field(default_factory=list)

    def take_due(self, *, is_call: bool, is_open: bool) -> Trouble | None:
        """The first trouble that is due and fits here, which then is over."""
        for step, trouble in sorted(self.waiting.items(), key=lambda item: item[0]):
            fits = trouble == CRASH or (is_call if trouble == SILENCE else not is_open)
            if fits and step <= len(self.passed):
                return self.waiting.pop(step)
        return None


class Boundaries:
    def __init__(self) -> None:
        self._errands: list[Errand] = []
        self._depth = 0
        self._writes = 0

    def run(self, work: Callable[[], Any], troubles: Mapping[int, Trouble] | None = None) -> list[str]:
        """Do the work until it ends or dies; the boundaries that it passed. What it raises comes through."""
        errand = Errand(dict(troubles or {}))
        self._errands.append(errand)
        try:
            work()
        except CrashError:
            pass
        finally:
            self._errands.pop()
        return errand.passed

    def cross(self, name: str, *, is_call: bool = False, is_open: bool = False) -> None:
        """Something reaches a boundary: `is_call` of the provider, `is_open` inside a transaction."""
        if not self._errands:
            return
        errand = self._errands[-1]
        trouble = errand.take_due(is_call=is_call, is_open=is_open)
        errand.passed.append(name)
        if trouble == CRASH:
            raise CrashError(name)
        if trouble == SILENCE:
            raise SilentError(name)
        if callable(trouble):
            trouble()

    def call(self, name: str, act: Callable[[], Any]) -> Any:
        """Ask the provider; never while the database keeps others waiting."""
        assert not self._is_inside(), f"{name} inside a transaction"
        self.cross(f"before {name}", is_call=True)
        answer = act()
        self.cross(f"after {name}", is_call=True)
        return answer

    def take_writes(self) -> int:
        """How much was committed since the last look."""
        writes, self._writes = self._writes, 0
        return writes

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What begins in here are the outermost transactions, whatever the test itself began before."""
        if self._errands:
            yield
            return
        self._depth = len(connection.atomic_blocks)
        enter, leave = Atomic.__enter__, Atomic.__exit__

        def watched_enter(atomic: Any) -> None:
            if not self._is_inside():
                # Within the test's own transaction a rollback needs a savepoint.
                atomic.savepoint = True
            enter(atomic)

        def watched_leave(atomic: Any, error_type: Any, error: Any, trace: Any) -> None:
            if error_type is not None or len(connection.atomic_blocks) > self._depth + 1:
                leave(atomic, error_type, error, trace)
                return
            try:
                self.cross("before commit", is_open=True)
            except CrashError as crash:
                leave(atomic, CrashError, crash, None)
                raise
            leave(atomic, None, None, None)
            self._writes += 1
            self.cross("after commit")

        Atomic.__enter__, Atomic.__exit__ = watched_enter, watched_leave  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self._execute):
                yield
        finally:
            Atomic.__enter__, Atomic.__exit__ = enter, leave  # type: ignore[method-assign]

    def _execute(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """A write outside any transaction is its own commit."""
        if self._is_inside() or not sql.startswith(("INSERT", "UPDATE", "DELETE")):
            return execute(sql, *rest)
        self.cross("before write")
        result = execute(sql, *rest)
        self._writes += 1
        self.cross("after write")
        return result

    def _is_inside(self) -> bool:
        return len(connection.atomic_blocks) > self._depth
