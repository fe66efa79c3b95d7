"""The planner's process, seen from the workbench: JSON-RPC 2.0, one message a line, on its stdin and stdout.

Started by the first question, in the thread that asks; started again once when it dies in the middle of an answer. It
ends when its stdin closes, so even a killed window leaves none behind.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import IO, Any

from app.workbench.tasks import Cancelled, Job
from pipeline.errors import Failed, error_from
from pipeline.processes.detached import module_environment, python_module

Told = Callable[[str, dict[str, Any]], None]
_DIED = {"died": True}


class _Process:
    """One life of the planner's process."""

    def __init__(self, python: str) -> None:
        import os

        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self.popen = subprocess.Popen(
            python_module("assistant", python=python),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **module_environment()},
            encoding="utf-8",
            errors="replace",
        )
        threading.Thread(target=self._read, name="planner-reader", daemon=True).start()

    def send(self, message: dict[str, Any]) -> bool:
        """Writes a line; False where the process is gone."""
        stdin: IO[str] | None = self.popen.stdin
        with self._lock, contextlib.suppress(OSError, ValueError):
            if stdin is not None:
                stdin.write(json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False) + "\n")
                stdin.flush()
                return True
        return False

    def expect(self, number: int) -> queue.SimpleQueue[dict[str, Any]]:
        """Where the messages about one request will arrive."""
        return self._waiting.setdefault(number, queue.SimpleQueue())

    def forget(self, number: int) -> None:
        """Lets later messages about a request fall."""
        self._waiting.pop(number, None)

    @property
    def is_alive(self) -> bool:
        return self.popen.poll() is None

    def _read(self) -> None:
        stdout: IO[str] | None = self.popen.stdout
        if stdout is not None:
            for line in stdout:
                with contextlib.suppress(ValueError):
                    self._deliver(json.loads(line))
            stdout.close()
        self.popen.wait()
        for waiting in list(self._waiting.values()):
            waiting.put(_DIED)

    def _deliver(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        number = message.get("id", (message.get("params") or {}).get("id"))
        if not isinstance(number, int):
            return
        if (waiting := self._waiting.get(number)) is not None:
            waiting.put(message)

    def close(self) -> None:
        """Ends it: asked by closing its stdin, then told, then killed."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            if self.popen.stdin is not None:
                self.popen.stdin.close()
        for end in (None, self.popen.terminate, self.popen.kill):
            if end is not None:
                end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(1.0)
                return


class PlannerClient:
    """Asks the planner; every call blocks, so it belongs into a task."""

    def __init__(self, python: str = "") -> None:
        self._python = python or sys.executable
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._is_closed = False
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Of the process, while it lives."""
        return self._process.popen.pid if self._process is not None and self._process.is_alive else None

    def ask(self, method: str, params: dict[str, Any], *, job: Job | None = None, told: Told | None = None) -> Any:
        """The result of a method.

        Args:
            job: whose cancelling stops the answer.
            told: gets the notifications about this request; called in this thread.

        Raises:
            VibetuneError: what the planner says, or `assistant.died`.
            Cancelled: the job was cancelled.
        """
        for _attempt in range(2):
            process = self._living()
            number = next(self._numbers)
            waiting = process.expect(number)
            try:
                if process.send({"id": number, "method": method, "params": params}):
                    message = self._answer(process, number, waiting, job, told)
                    if message is not _DIED:
                        return _result(message)
            finally:
                process.forget(number)
        raise Failed(
            "assistant.died",
            "The planner's process ended twice while it was answering.",
            "Say it again; if it happens again, `vibetune plan` shows the error. The plan is untouched.",
        )

    def _answer(
        self,
        process: _Process,
        number: int,
        waiting: queue.SimpleQueue[dict[str, Any]],
        job: Job | None,
        told: Told | None,
    ) -> dict[str, Any]:
        while True:
            if job is not None and job.is_cancelled:
                process.send({"method": "cancel", "params": {"id": number}})
                raise Cancelled
            with contextlib.suppress(queue.Empty):
                message = waiting.get(timeout=0.05)
                if "method" not in message:
                    return message
                if told is not None:
                    told(str(message["method"]), dict(message.get("params") or {}))

    def _living(self) -> _Process:
        with self._lock:
            if self._is_closed:
                raise Cancelled
            if self._process is None or not self._process.is_alive:
                self._process = _Process(self._python)
                weakref.finalize(self, self._process.close)
                self.starts += 1
            return self._process

    def close(self) -> None:
        """Ends the process; questions under way are cancelled."""
        with self._lock:
            self._is_closed = True
            process, self._process = self._process, None
        if process is not None:
            process.close()


def _result(message: dict[str, Any]) -> Any:
    if "error" not in message:
        return message.get("result")
    error = message["error"]
    data = dict(error.get("data") or {})
    if data.get("code") == "assistant.cancelled":
        raise Cancelled
    exit_code = int(data.pop("exit_code", 1))
    unnamed = {"code": "assistant.failed", "message": str(error.get("message"))}
    raise error_from(unnamed | {name: value for name, value in data.items() if value != ""}, exit_code)
