"""Which processes belong to a record: the leader, its group, its descendants, and those that carry its mark.

A process id alone proves nothing, since ids are used again. What we start has `VIBETUNE_PROCESS_ID` in its environment
and hands it on to whatever it starts itself, also across a change of group or session.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterable

import psutil

from pipeline.processes.record import ProcessRecord

MARK = "VIBETUNE_PROCESS_ID"
CLOCK_STEP_S = 2.0  # creation times of one process, read by two others, differ when the clock is set in between

# Our own children stay zombies until somebody asks for their exit code.
_children: dict[int, subprocess.Popen[bytes]] = {}


def adopt(process: subprocess.Popen[bytes]) -> None:
    """Keeps a child of this process, so that its end is noticed and its exit code known."""
    _children[process.pid] = process


def exit_code(record: ProcessRecord) -> int | None:
    """Exit code of the leader (negative: the signal that ended it), known only to the process that started it."""
    child = _children.get(record.pid or -1)
    return child.poll() if child is not None else None


def is_alive(record: ProcessRecord) -> bool:
    """Whether the leader runs, and is still the process that was started."""
    return leader(record) is not None


def leader(record: ProcessRecord) -> psutil.Process | None:
    """The leader's process, if it is alive."""
    exit_code(record)
    if record.pid is None:
        return next(iter(_marked(record.id)), None)
    try:
        process = psutil.Process(record.pid)
        return process if _is_running(process) and _belongs(process, record) else None
    except psutil.Error:
        return None


def members(record: ProcessRecord) -> list[psutil.Process]:
    """All living processes of a record, the leader first; also when the leader is gone."""
    first = leader(record)
    descendants: set[int] = set()
    if first is not None:
        with contextlib.suppress(psutil.Error):
            descendants = {child.pid for child in first.children(recursive=True)}
    group = record.pid if not _number_was_reused(record) else None
    found = [first] if first is not None else []
    for process in psutil.process_iter():
        mark = _mark(process)
        if mark is None:
            is_ours = process.pid in descendants or (group is not None and _group(process) == group)
        else:
            is_ours = mark == record.id
        if is_ours and process not in found:
            found.append(process)
    return [process for process in found if _is_running(process)]


def marked_processes() -> list[psutil.Process]:
    """Every living process that Vibetune started, or that was started by one."""
    return [process for process in psutil.process_iter() if _mark(process) and _is_running(process)]


def wait_gone(processes: Iterable[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Waits until the processes have ended and returns those that have not after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    left = [process for process in processes if _is_running(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if _is_running(process)]
    return left


def _marked(record_id: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _mark(process) == record_id and _is_running(process)]


def _number_was_reused(record: ProcessRecord) -> bool:
    """Whether the leader's number belongs to a stranger now; while a group lives, its number is not given away."""
    try:
        return record.pid is None or not _belongs(psutil.Process(record.pid), record)
    except psutil.Error:
        return False


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except OSError:
        return None


def _belongs(leader: psutil.Process, record: ProcessRecord) -> bool:
    mark = _mark(leader)
    if mark is not None:
        return mark == record.id
    return abs(leader.create_time() - record.started) < CLOCK_STEP_S


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _is_running(process: psutil.Process) -> bool:
    child = _children.get(process.pid)
    if child is not None:
        child.poll()
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
