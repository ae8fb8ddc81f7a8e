"""What the test suite needs from the system: installed where we may, named where we may not."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path


def is_there(*names: str) -> Callable[[], bool]:
    folders = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    return lambda: any(shutil.which(name, path=folders) for name in names)


def has_python_headers() -> bool:
    return Path(sysconfig.get_path("include"), "Python.h").exists()


def has_fonts() -> bool:
    return any(Path("/usr/share/fonts").rglob("*.ttf"))


# Debian's package -> is it there? The servers' programs only: a test starts its own, on its own port.
PACKAGES: dict[str, Callable[[], bool]] = {
    "mariadb-server-core": is_there("mariadbd"),
    "mariadb-client": is_there("mariadb-tzinfo-to-sql"),
    "redis-server": is_there("redis-server", "valkey-server"),
    "libmariadb-dev": is_there("mariadb_config", "mysql_config"),
    "pkg-config": is_there("pkg-config"),
    "gcc": is_there("gcc"),
    "python3-dev": has_python_headers,
    "chromium": is_there("chromium"),
    "fonts-dejavu-core": has_fonts,
    "tzdata": Path("/usr/share/zoneinfo/Europe").is_dir,
}


def main() -> int:
    missing = [name for name, has in PACKAGES.items() if not has()]
    if not missing:
        return 0
    order = f"apt-get install --yes --no-install-recommends {' '.join(missing)}"
    prefix = find_permission()
    if prefix is None or not shutil.which("apt-get"):
        print(f"Missing system packages. As root, on Debian or Ubuntu: {order}", file=sys.stderr)
        return 1
    print(f"==> Installing the system packages {', '.join(missing)}", file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], env=quiet, check=False, stdin=subprocess.DEVNULL)
    result = subprocess.run([*prefix, *order.split(), "-qq"], env=quiet, check=False, stdin=subprocess.DEVNULL)
    if result.returncode:
        print(f"The system packages could not be installed. As root: {order}", file=sys.stderr)
    return result.returncode


def find_permission() -> list[str] | None:
    """The words to put before a command that needs root; None when we may not."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "--non-interactive"]
    if shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode == 0:
        return [*sudo, "DEBIAN_FRONTEND=noninteractive"]
    return None


if __name__ == "__main__":
    sys.exit(main())
