"""Child processes that never outlive us: each in its own process group, stopped together."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

LOG_TAIL_LINES = 15
# Below the range the kernel gives to outgoing connections, so that nothing takes the port before its server.
PRIVATE_PORTS = range(20_000, 32_000)
PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """Something could not be started; the text is one sentence for the person at the terminal."""


@dataclass
class Child:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def is_running(self) -> bool:
        return self.process.poll() is None

    def explain(self) -> str:
        """Why it is gone: its exit code and the end of what it wrote."""
        tail = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        lines = "\n".join(f"    {line}" for line in tail)
        return f"{self.name} stopped by itself (exit code {self.process.returncode}); the end of {self.log}:\n{lines}"


@dataclass
class Processes:
    """The children of one run. Use as a context manager: leaving it stops them, the newest first."""

    log_folder: Path
    children: list[Child] = field(default_factory=list)

    def __enter__(self) -> "Processes":
        self.log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        with interrupts_ignored():
            self.stop_all()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Child:
        log = self.log_folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one plain system call
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def stop(self, child: Child, *, patience: float = 8) -> None:
        """End the child and whatever it started, at last by force."""
        signal_group(child, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(patience)
        # Also when the leader is gone already: its own children may still be there.
        signal_group(child, signal.SIGKILL)
        child.process.wait()
        if child in self.children:
            self.children.remove(child)

    def stop_all(self) -> None:
        for child in reversed(self.children):
            signal_group(child, signal.SIGTERM)
        for child in list(reversed(self.children)):
            self.stop(child)

    def check(self) -> None:
        """Raise StartError when a child is gone."""
        for child in self.children:
            if not child.is_running():
                raise StartError(child.explain())

    def wait_until(self, ready: Callable[[], bool], *, what: str, seconds: float = 30) -> None:
        """Wait for a server to answer; give up early when a child dies."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise StartError(f"{what} did not answer within {seconds:.0f} seconds; see {self.log_folder}.")
            time.sleep(0.05)

    def watch(self) -> None:
        """Stay until a child is gone, then raise StartError; an interrupt ends it as KeyboardInterrupt."""
        while True:
            self.check()
            time.sleep(0.5)


def die_with_parent() -> None:
    """Linux only: ask the kernel to end this child should the starter be killed without a chance to clean up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def signal_group(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """A second Ctrl-C must not leave half of the children behind; elsewhere than in the main thread, no change."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def treat_termination_as_interrupt() -> None:
    """Let SIGTERM and SIGHUP unwind the context managers as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_steps = count()


def find_free_port() -> int:
    """A port nobody listens on; runs side by side begin at different places of the range."""
    width = len(PRIVATE_PORTS)
    begin = os.getpid() * 37
    for _ in range(width):
        port = PRIVATE_PORTS[(begin + next(_steps)) % width]
        if is_port_free(port):
            return port
    raise StartError("No free port between 20000 and 32000.")


def answers_on(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def answers_http(url: str) -> bool:
    """True when the address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return 200 <= response.status < 300
    except (OSError, urllib.error.HTTPError):
        return False
