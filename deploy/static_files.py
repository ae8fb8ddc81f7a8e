"""Collected static files, kept between runs: compressing them takes longer than all the rest of a start."""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".cache" / "static"


def keep_collected(collect: Callable[[], None]) -> None:
    """Call `collect` (which fills KEPT) only when a source changed; runs side by side wait for the first."""
    KEPT.parent.mkdir(exist_ok=True)
    stamp = KEPT.parent / "static.stamp"
    with (KEPT.parent / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint()
        if stamp.exists() and stamp.read_text() == wanted and KEPT.is_dir():
            return
        stamp.unlink(missing_ok=True)
        collect()
        stamp.write_text(wanted)


def fingerprint() -> str:
    """Changes with our own files and with the versions of the packages that bring the others."""
    lines = [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in sources()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sources() -> Iterator[Path]:
    yield from sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    for name in ("package-lock.json", "requirements/base.txt", "ticketing/settings/base.py"):
        yield ROOT / name
