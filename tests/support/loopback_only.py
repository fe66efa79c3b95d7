"""Runs a command in a network namespace that has nothing but loopback: `python loopback_only.py COMMAND…`.

Started by `unshare --user --map-root-user --net` (util-linux), in which the loopback interface exists but is down.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

SIOCSIFFLAGS = 0x8914  # source: linux/sockios.h
IFF_UP = 0x1


def command_without_network(*command: str) -> list[str]:
    """`command`, wrapped so that no packet can leave the machine."""
    return ["unshare", "--user", "--map-root-user", "--net", sys.executable, str(Path(__file__)), *command]


def can_unshare() -> bool:
    """Whether this machine lets us make network namespaces."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(command_without_network("true"), capture_output=True, check=False).returncode == 0


def bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


if __name__ == "__main__":
    bring_loopback_up()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the wrapped command, no shell
