#!/usr/bin/env python3
"""Set up this checkout and run it: python3 dev.py demo | test | check | bench | lab [further arguments].

The first run makes a virtual environment in .venv and installs the pinned set of constraints.txt; later runs install
only when that set has changed. Standard library only, and old syntax, so that an old Python can say it is too old.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
BIN = "Scripts" if WINDOWS else "bin"
OLDEST, NEWEST = (3, 11), (3, 13)
CONDA_NAME = "parent-portal"  # as in environment.yml
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PINNED = ROOT / "constraints.txt"


def say(text):
    """Speak to the person; standard output belongs to the command that is run."""
    print(text, file=sys.stderr, flush=True)


def environment():
    """The folder of the environment in use: an active conda environment of ours, else .venv."""
    if os.environ.get("CONDA_PREFIX") and os.environ.get("CONDA_DEFAULT_ENV") == CONDA_NAME:
        return Path(os.environ["CONDA_PREFIX"])
    return ROOT / ".venv"


def program(name):
    """The path of a program inside the environment."""
    where = environment()
    if name == "python" and WINDOWS and where.name != ".venv":
        return where / "python.exe"  # conda keeps it at the top there
    return where / BIN / (name + ".exe" if WINDOWS else name)


def run(*command):
    """Run a program of the environment from the root of the checkout; its exit code."""
    return subprocess.call([str(program(command[0])), *command[1:]], cwd=str(ROOT))


def become(*command):
    """Hand over to a program of the environment, so that signals and the exit code are its own."""
    if WINDOWS:
        sys.exit(run(*command))
    os.chdir(str(ROOT))
    os.execv(str(program(command[0])), [str(program(command[0])), *command[1:]])


def wanted():
    """What the environment must have been made from: the pinned set, our own metadata and where we are."""
    parts = [PINNED.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def pip(doing, arguments, expected=0):
    """Run pip, telling every few seconds how far it is; its last lines are shown when it fails."""
    command = [str(program("python")), "-m", "pip", "install", "--no-compile", "--no-input", *arguments]
    task = subprocess.Popen(
        [*command, "--progress-bar", "off", "--disable-pip-version-check"],
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    lines = []
    reader = threading.Thread(target=lines.extend, args=(task.stdout,), daemon=True)
    reader.start()
    began = shown = time.monotonic()
    while task.poll() is None:
        try:
            task.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() - shown > 4:
            shown = time.monotonic()
            fetched = sum(line.startswith("Collecting ") for line in lines)
            unpacking = any(line.startswith("Installing collected") for line in lines)
            step = "unpacking" if unpacking else "fetched %d of about %d" % (fetched, expected)
            say("  %s: %s, %d s" % (doing, step if expected else "working", shown - began))
    reader.join()
    if task.returncode:
        say("".join(lines[-25:]))
        sys.exit("Could not install: see the lines above. Nothing else was changed; the same command tries again.")


def set_up():
    """Make the environment ready, or do nothing when it is."""
    stamp = environment() / ".installed"
    if program("python").exists() and stamp.exists() and stamp.read_text() == wanted():
        return
    began = time.monotonic()
    if not program("pip").exists():  # the last thing to be made: an interrupted attempt begins anew
        say("Making a virtual environment in .venv ...")
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(ROOT / ".venv")]):
            sys.exit("Python could not make a virtual environment (Debian and Ubuntu: apt install python3-venv).")
    count = len(re.findall(r"(?m)^[\w.-]+==", PINNED.read_text()))
    say("Installing %d pinned packages (some minutes the first time) ..." % count)
    pip("packages", ["--only-binary", ":all:", "--require-hashes", "-r", str(PINNED)], count)
    pip("the portal itself", ["--no-deps", "--no-build-isolation", "-e", "."])
    stamp.write_text(wanted())
    say("Installed in %d s." % (time.monotonic() - began))


def browser():
    """Find a Chromium for the browser tests, or get one: the distribution's as root on Debian, else Playwright's."""
    if os.environ.get("PORTAL_CHROMIUM") or any(map(shutil.which, CHROMIUMS)):
        return
    own = "import playwright.sync_api as p; print(p.sync_playwright().start().chromium.executable_path)"
    found = subprocess.check_output([str(program("python")), "-c", own], universal_newlines=True).strip()
    if Path(found).exists():
        return
    say("Getting a Chromium for the browser tests ...")
    if not WINDOWS and os.geteuid() == 0 and not subprocess.call(("grep", "-qsx", "ID=debian", "/etc/os-release")):
        apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "--no-install-recommends")
        for arguments in ("update",), ("install", CHROMIUMS[0]), ("install", CHROMIUMS[1]):  # the first is the lighter
            if not any(map(shutil.which, CHROMIUMS)):
                subprocess.call((*apt, *arguments), stdout=sys.stderr)
    else:
        run("python", "-m", "playwright", "install", "chromium")
    if not (any(map(shutil.which, CHROMIUMS)) or Path(found).exists()):
        sys.exit("The browser tests need Chromium: install it, or name its program in PORTAL_CHROMIUM, and try again.")


def check():
    """Every static check, all of them even when one fails; 0 when all pass."""
    notebooks = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "notebooks").glob("*.ipynb"))
    checks = [
        ("python", "-m", "ruff", "check"),
        ("python", "-m", "ruff", "format", "--check"),
        ("python", "-m", "mypy"),
        ("lint-imports", "--no-logo"),
        ("python", "-m", "nbstripout", "--verify", *notebooks),
    ]
    failed = []
    for command in checks:
        name = " ".join(part for part in command if part not in ("python", "-m"))
        say("-- " + name)
        if run(*command):
            failed.append(name)
    say("Checks failed: " + "; ".join(failed) if failed else "All checks passed.")
    return 1 if failed else 0


def test(arguments):
    """The checks, then the whole suite; a test file stays with one worker, so that it starts its server once."""
    if check():
        sys.exit(1)
    browser()
    become("python", "-m", "pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", *arguments)


def lab(arguments):
    """JupyterLab on the notebooks, over the records that PORTAL_DATA names, else the demo's."""
    own = "from dashboards.commands.demo import own_folder; print(own_folder())"
    os.environ["PANEL_INLINE"] = "true"  # else the browser asks a third party for the scripts of each plot
    if not os.environ.get("PORTAL_DATA"):
        os.environ["PORTAL_DATA"] = subprocess.check_output([str(program("python")), "-c", own]).decode().strip()
        say("The notebooks read the demo in %s (made by python3 dev.py demo)." % os.environ["PORTAL_DATA"])
    become("python", "-m", "jupyterlab", "notebooks", *arguments)


COMMANDS = {
    "demo": lambda arguments: become("portal", "demo", *arguments),
    "test": test,
    "check": lambda arguments: sys.exit(check()),
    "bench": lambda arguments: become("python", "-m", "benchmarks", *arguments),
    "lab": lab,
}


def main(arguments):
    """Do what was asked, in an environment that is ready."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process that is started compiles all packages anew
    if arguments[:1] in (["-h"], ["--help"]):
        return print(__doc__)
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit(__doc__)
    if not OLDEST <= sys.version_info[:2] <= NEWEST and not program("python").exists():
        sys.exit("The portal needs Python 3.11, 3.12 or 3.13; this is %d.%d." % sys.version_info[:2])
    try:
        set_up()
        COMMANDS[arguments[0]](arguments[1:])
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
