"""The test suite with servers of its own: `python -m deploy.testing [pytest arguments]`.

Without arguments everything runs on MariaDB and Redis, the main path once more on the demo's SQLite,
and branch coverage of both together has to reach the gate. With arguments only those tests run.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.processes import Processes, StartError, treat_termination_as_interrupt
from deploy.services import start_mariadb, start_redis

ROOT = Path(__file__).resolve().parent.parent
COVERAGE_GATE = 90
WORKERS = os.environ.get("TEST_WORKERS", "2")


def main(arguments: list[str]) -> int:
    treat_termination_as_interrupt()
    try:
        with tempfile.TemporaryDirectory(prefix="houselights-", ignore_cleanup_errors=True) as folder:
            return run_with_servers(Path(folder), arguments)
    except KeyboardInterrupt:
        return 130
    except StartError as fault:
        print(fault, file=sys.stderr)
        return 1


def run_with_servers(folder: Path, arguments: list[str]) -> int:
    with Processes(folder / "log") as processes:
        print("==> Starting MariaDB and Redis", file=sys.stderr, flush=True)
        env = {
            **os.environ,
            "DATABASE_URL": start_mariadb(processes, folder, durable=False).url,
            "REDIS_URL": start_redis(processes).url,
            "MEDIA_ROOT": str(folder / "media"),
            "COVERAGE_FILE": str(ROOT / ".coverage"),
        }
        if arguments:
            return pytest(arguments, env)
        return run_everything(env, f"sqlite:///{folder / 'main_path.sqlite3'}")


def run_everything(env: dict[str, str], sqlite_url: str) -> int:
    print("==> Everything on MariaDB and Redis", file=sys.stderr, flush=True)
    suite = pytest(["-n", WORKERS, "--cov", "--cov-report="], env)
    print("==> The main path on the demo's SQLite", file=sys.stderr, flush=True)
    on_sqlite = {**env, "DATABASE_URL": sqlite_url}
    main_path = pytest(["-m", "main_path", "--cov", "--cov-append", "--cov-report="], on_sqlite)
    report = [sys.executable, "-m", "coverage", "report", f"--fail-under={COVERAGE_GATE}"]
    coverage = subprocess.call(report, env=env, cwd=ROOT)
    return suite or main_path or coverage


def pytest(arguments: list[str], env: dict[str, str]) -> int:
    return subprocess.call([sys.executable, "-m", "pytest", *arguments], env=env, cwd=ROOT, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
