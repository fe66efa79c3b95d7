"""System packages: says what is missing and the command that installs it; `--install` runs that command.

`--tests` asks for what only the tests need, too. Exit code 0: nothing is missing; 2: something is. Standard library
only.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SystemPackage:
    """A Debian package, what it is for, and how to see that it is there."""

    name: str
    purpose: str
    is_present: Callable[[], bool]


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


def _command(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _file(name: str) -> Callable[[], bool]:
    return Path(name).exists


def _has_venv() -> bool:
    try:
        import ensurepip  # Debian splits it off into python3-venv
        import venv
    except ImportError:
        return False
    return bool(ensurepip.version() and venv.EnvBuilder)


SYSTEM_PACKAGES = (
    SystemPackage("python3-venv", "to make the environment", _has_venv),
    SystemPackage("libnuma1", "vLLM's memory placement", _library("numa")),
    SystemPackage("libglib2.0-0", "Qt", _library("glib-2.0")),
    SystemPackage("libgl1", "the desktop's drawing", _library("GL")),
    SystemPackage("libegl1", "the desktop's drawing", _library("EGL")),
    SystemPackage("libfontconfig1", "the desktop's fonts", _library("fontconfig")),
    SystemPackage("libxkbcommon0", "the desktop's keyboard", _library("xkbcommon")),
    SystemPackage("libdbus-1-3", "the desktop's notifications", _library("dbus-1")),
    SystemPackage("libxcb-cursor0", "the desktop's window (X11)", _library("xcb-cursor")),
    SystemPackage("libxcb-icccm4", "the desktop's window (X11)", _library("xcb-icccm")),
    SystemPackage("libxcb-keysyms1", "the desktop's window (X11)", _library("xcb-keysyms")),
    SystemPackage("libxcb-shape0", "the desktop's window (X11)", _library("xcb-shape")),
    SystemPackage("libxcb-xkb1", "the desktop's keyboard (X11)", _library("xcb-xkb")),
    SystemPackage("libxkbcommon-x11-0", "the desktop's keyboard (X11)", _library("xkbcommon-x11")),
    SystemPackage("gcc", "torch.compile and Triton link their kernels with it", _command("gcc")),
)
TEST_PACKAGES = (
    SystemPackage("xvfb", "the desktop's tests on a screen that nobody sees", _command("Xvfb")),
    SystemPackage(
        "wordnet-base", "the words of the text that the embedded base learned from", _file("/usr/share/wordnet")
    ),
)


def missing(*, for_tests: bool = False) -> list[SystemPackage]:
    """The packages that this machine lacks."""
    wanted = (*SYSTEM_PACKAGES, *(TEST_PACKAGES if for_tests else ()))
    return [package for package in wanted if not package.is_present()]


def install_command(packages: list[SystemPackage]) -> list[str]:
    """The command that installs `packages` on Debian and Ubuntu."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    return [*sudo, "apt-get", "install", "--yes", *(package.name for package in packages)]


def main(arguments: list[str]) -> int:
    lacking = missing(for_tests="--tests" in arguments)
    if not lacking:
        return 0
    command = install_command(lacking)
    if "--install" not in arguments:
        for package in lacking:
            print(f"missing: {package.name} ({package.purpose})", file=sys.stderr)
        print(f"Install with `make system`, which runs: {' '.join(command)}", file=sys.stderr)
        return 2
    if shutil.which("apt-get") is None:
        names = ", ".join(package.name for package in lacking)
        print(f"No apt-get here: install what your system calls {names}.", file=sys.stderr)
        return 2
    update = [*command[: command.index("apt-get") + 1], "update"]
    subprocess.run(update, check=True)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
