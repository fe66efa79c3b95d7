"""Detached process groups: started here, alive without us, found again from files, stopped without orphans."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from pipeline.errors import Failed
from pipeline.files import disk_errors
from pipeline.processes.group import MARK, adopt, is_alive, members, wait_gone
from pipeline.processes.record import (
    ProcessRecord,
    forget_record,
    list_records,
    new_record_id,
    read_record,
    write_record,
)

STOP_DEADLINE_S = 10.0
KILL_DEADLINE_S = 5.0


@dataclass(frozen=True)
class Stopped:
    """How a group ended."""

    seconds: float
    killed: list[int] = field(default_factory=list)  # process ids that did not end by themselves


def python_module(module: str, *arguments: str, python: str | None = None) -> list[str]:
    """The command that runs one of our modules, without taking modules from the working directory (`-P`)."""
    return [python or sys.executable, "-P", "-m", module, *arguments]


def module_environment() -> dict[str, str]:
    """What a started Python needs to find our packages: nothing when they are installed, else the checkout's folder."""
    root = Path(__file__).resolve().parents[2]
    if "site-packages" in root.parts:
        return {}
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


def start(
    command: Sequence[str],
    *,
    name: str,
    records: Path,
    log: Path,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    niceness: int = 0,
    port: int | None = None,
    secret: str | None = None,
) -> ProcessRecord:
    """Starts a command in its own session and group, and writes its record.

    The process outlives this one, however that ends. The record is there before the process, so that not even a kill
    between the two leaves a process that nobody can find.

    Args:
        command: program and arguments; never goes through a shell.
        name: of the process; the caller sees to it that no other one with this name lives (`exclusive`, `find`).
        records: folder of the record.
        log: file that stdout and stderr are appended to.
        cwd: working directory.
        environment: variables that are added to this process's own.
        niceness: 0 to 19, added to this process's own; 19 gives way to everything else.
        port: port that the process will listen on, for the record.
        secret: key of the server that the process runs, for the record (which only the owner can read).

    Raises:
        Failed: `process.no_program`.
    """
    record = ProcessRecord(
        id=new_record_id(),
        name=name,
        command=list(command),
        cwd=str(cwd),
        log=str(log),
        port=port,
        secret=secret,
    )
    write_record(records, record)
    try:
        process = _spawn(record, environment or {}, niceness)
    except BaseException:
        forget_record(records, record)
        raise
    adopt(process)
    if niceness:
        _let_sessions_give_way(process.pid, niceness)
    record = record.model_copy(update={"pid": process.pid, "started": _creation_time(process.pid)})
    write_record(records, record)
    return record


def _spawn(record: ProcessRecord, environment: Mapping[str, str], niceness: int) -> subprocess.Popen[bytes]:
    log = Path(record.log)
    prefix = ["nice", "-n", str(niceness)] if niceness else []
    with disk_errors(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        output = log.open("ab")
    try:
        return subprocess.Popen(
            [*prefix, *record.command],
            cwd=record.cwd,
            env={**os.environ, **environment, MARK: record.id},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        text = f"{record.command[0]} can't be started in {record.cwd}: {error.strerror}: {error.filename}."
        raise Failed("process.no_program", text, "Run `vibetune doctor` to see what is missing.") from error
    finally:
        output.close()


def _let_sessions_give_way(pid: int, niceness: int) -> None:
    """Where Linux shares its time by sessions (`autogroup`), a process's niceness only counts within its own one."""
    place = Path(f"/proc/{pid}/autogroup")
    for _ in range(2):
        try:
            place.write_text(str(niceness))
        except BlockingIOError:  # somebody else changed one within a tenth of a second
            time.sleep(0.11)
        except OSError:
            return  # no such kernel
        else:
            return


def _creation_time(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return time.time()


def find(records: Path, name: str) -> ProcessRecord | None:
    """The record of a process that is alive; None where it never was, or has ended."""
    record = read_record(records, name)
    return record if record is not None and is_alive(record) else None


def stop(records: Path, record: ProcessRecord, *, deadline_s: float = STOP_DEADLINE_S) -> Stopped:
    """Ends a whole group: the leader is asked, then the rest, then nobody is asked any more.

    Asking the leader first lets it end its own children in order. Stopping what has ended already is fine.

    Args:
        records: folder of the record, which is removed.
        record: of the group.
        deadline_s: seconds that the group has to end by itself.

    Raises:
        Failed: `process.unstoppable`: something is left even after SIGKILL, with its process ids.
    """
    began = time.monotonic()
    left = members(record)
    if left:
        _send(left[:1], signal.SIGTERM)
        wait_gone(left[:1], deadline_s)
        left = members(record)
        _send(left, signal.SIGTERM)
        left = wait_gone(left, max(0.0, began + deadline_s - time.monotonic()))
    killed = _kill(record)
    forget_record(records, record)
    return Stopped(time.monotonic() - began, killed)


def _kill(record: ProcessRecord) -> list[int]:
    """Kills until a scan finds nobody: what is killed may have started one more in the meantime."""
    killed: list[int] = []
    deadline = time.monotonic() + KILL_DEADLINE_S
    while left := members(record):
        if time.monotonic() > deadline:
            pids = [process.pid for process in left]
            raise Failed("process.unstoppable", f"{record.name}: {pids} don't end, even when killed.", "Restart.")
        _send(left, signal.SIGKILL)
        killed += [process.pid for process in left if process.pid not in killed]
        wait_gone(left, 1.0)
    return killed


def _send(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def prune(records: Path, name: str | None = None) -> list[ProcessRecord]:
    """Removes the records of processes that have ended, ends what they left behind, and returns those records.

    Args:
        records: folder of the records.
        name: only the record of this name.
    """
    gone = [record for record in list_records(records) if name in (None, record.name) and not is_alive(record)]
    for record in gone:
        stop(records, record, deadline_s=1.0)
    return gone
