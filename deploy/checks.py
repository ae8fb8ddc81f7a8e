"""Everything that can be judged without running the site; `python -m deploy.checks` runs all and names what failed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.stack import DEMO, PRODUCTION, keep_secrets

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PACKAGES = ["ticketing", "notifications", "accounts", "venues", "events", "bookings", "payments", "scanner"]
MANAGE = [sys.executable, "manage.py"]

CHECKS: dict[str, list[str]] = {
    "ruff check": [str(BIN / "ruff"), "check", "--quiet", "."],
    "ruff format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "mypy": [str(BIN / "mypy"), *PACKAGES],
    "import contracts": [str(BIN / "lint-imports"), "--no-cache"],
    "djLint": [str(BIN / "djlint"), "templates", "--lint", "--quiet"],
    "migrations complete": [*MANAGE, "makemigrations", "--check", "--dry-run", f"--settings={DEMO}"],
    "production settings": [*MANAGE, "check", "--deploy", "--fail-level=WARNING", f"--settings={PRODUCTION}"],
    "compose file": [str(BIN / "check-jsonschema"), "--builtin-schema=vendor.compose-spec", "docker-compose.yml"],
    "Dockerfile": [str(BIN / "hadolint"), "Dockerfile"],
}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="houselights-") as folder:
        env = {**os.environ, **production_like(Path(folder))}
        failed = [name for name, command in CHECKS.items() if not passes(name, command, env)]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def production_like(folder: Path) -> dict[str, str]:
    """What a careful administrator would set; no server is asked for anything."""
    return {
        **keep_secrets(folder / "secrets.json"),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "SITE_URL": "https://tickets.example.com",
        "ALLOWED_HOSTS": "tickets.example.com",
        "ALLOW_SANDBOX": "true",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
    }


def passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    print(f"==> {name}", flush=True)
    result = subprocess.run(
        command,
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if result.returncode:
        print(result.stdout.decode(errors="replace"), flush=True)
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
