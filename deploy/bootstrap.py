"""Make .venv and node_modules what this clone asks for; run by the system's Python, so only its own library.

Written for old interpreters too: one that is too old has to be able to read this file to say so.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
NEEDED = (3, 11)


def main(kind):
    if kind not in ("check", "demo", "dev"):
        refuse("Usage: python3 deploy/bootstrap.py check|demo|dev")
    if sys.version_info < NEEDED:
        refuse("Python 3.11 or newer is needed, and this is %d.%d: make PYTHON=python3.12 ..." % sys.version_info[:2])
    if kind == "check":
        return
    make_venv()
    # The development set contains the demo's, so one of them done means the demo can start.
    if not (is_done(kind) or (kind == "demo" and is_done("dev"))):
        install_packages(kind)
    if not assets_done():
        install_assets()


def make_venv():
    if os.path.exists(PYTHON) and runs([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    say("Creating .venv with Python %d.%d" % sys.version_info[:2])
    shutil.rmtree(VENV, ignore_errors=True)
    result = subprocess.run([sys.executable, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        refuse("Python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv")


def install_packages(kind):
    requirements = os.path.join("requirements", kind + ".txt")
    say("Installing the Python packages of " + requirements)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # uv is several times as quick; where it has no wheel or cannot reach the index, pip does the same.
    if runs([*pip, "uv"]) and runs(
        [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON, "-r", requirements]
    ):
        finish(kind)
        return
    if subprocess.call([*pip, "-r", requirements], cwd=ROOT):
        refuse("The Python packages could not be installed; the lines above say why.")
    finish(kind)


def install_assets():
    """Bootstrap and friends, by the system's npm or by the one that came as a Python package."""
    say("Installing the front-end assets of package-lock.json")
    bundled = os.path.join(VENV, "bin", "npm")
    candidates = [path for path in (shutil.which("npm"), bundled) if path and os.path.exists(path)]
    environment = dict(os.environ, PATH=os.path.join(VENV, "bin") + os.pathsep + os.environ.get("PATH", ""))
    for npm in candidates:
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        env = environment if npm == bundled else None
        if subprocess.call(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) == 0:
            write(assets_stamp(), fingerprint("package-lock.json"))
            return
    refuse("npm could not install the front-end assets; the lines above say why.")


def is_done(kind):
    return read(stamp(kind)) == fingerprint(os.path.join("requirements", kind + ".txt"))


def finish(kind):
    write(stamp(kind), fingerprint(os.path.join("requirements", kind + ".txt")))


def stamp(kind):
    return os.path.join(VENV, "installed-" + kind)


def assets_done():
    return read(assets_stamp()) == fingerprint("package-lock.json")


def assets_stamp():
    return os.path.join(ROOT, "node_modules", ".installed")


def fingerprint(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def runs(command):
    try:
        return subprocess.call(command, cwd=ROOT, stdout=subprocess.DEVNULL) == 0
    except OSError:
        return False


def say(text):
    sys.stderr.write("==> %s\n" % text)
    sys.stderr.flush()


def refuse(text):
    sys.exit(text)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
