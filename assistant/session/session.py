"""Serves one client: reads lines, hands turns to the author in a thread of its own, so it can always be reached."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from typing import IO

from assistant.session.author import Author, BadTurn, turn_of
from assistant.session.messages import (
    CANCELLED,
    INVALID_PARAMS,
    NO_METHOD,
    OURS,
    Answers,
    BadLine,
    Request,
    read_request,
)
from pipeline.errors import VibetuneError


class _Stopped(Exception):
    """Nobody wants this answer any more."""


class _Listener:
    def __init__(self, answers: Answers, number: int | str, cancelled: set[int | str]) -> None:
        self._answers, self._number, self._cancelled = answers, number, cancelled

    def check(self) -> None:
        if self._number in self._cancelled:
            raise _Stopped

    def progress(self, text: str) -> None:
        self.check()
        self._answers.notify("progress", id=self._number, text=text)

    def text(self, piece: str) -> None:
        self.check()
        self._answers.notify("text", id=self._number, text=piece)


class Session:
    """`plan`, `cancel` and `ping`; see docs/desktop/assistant.md for their parameters."""

    def __init__(self, author: Author, answers: IO[str]) -> None:
        self._author, self._answers = author, Answers(answers)
        self._turns: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._open: set[int | str] = set()
        self._cancelled: set[int | str] = set()

    def serve(self, lines: Iterable[str]) -> None:
        """Answers until the lines end."""
        threading.Thread(target=self._work, name="author", daemon=True).start()
        for line in lines:
            if not line.strip():
                continue
            try:
                self._take(read_request(line))
            except BadLine as bad:
                self._answers.error(bad.number, bad.code, str(bad))

    def _take(self, request: Request) -> None:
        if request.method == "cancel":
            self._cancel(request)
        elif request.id is None:
            return  # an unknown notification: JSON-RPC forbids an answer
        elif request.method == "ping":
            self._answers.result(request.id, {"author": type(self._author).__name__})
        elif request.method == "plan":
            self._open.add(request.id)
            self._turns.put(request)
        else:
            self._answers.error(request.id, NO_METHOD, f"There is no method {request.method!r}.")

    def _cancel(self, request: Request) -> None:
        number = request.params.get("id")
        was_open = number in self._open if isinstance(number, (int, str)) else False
        if was_open and isinstance(number, (int, str)):
            self._cancelled.add(number)
            self._open.discard(number)
            self._answers.error(number, CANCELLED, "Cancelled.", {"code": "assistant.cancelled"})
        if request.id is not None:
            self._answers.result(request.id, {"was_open": was_open})

    def _work(self) -> None:
        self._author.warm_up()
        while True:
            request = self._turns.get()
            if request.id is not None:
                self._answer(request, request.id)

    def _answer(self, request: Request, number: int | str) -> None:
        listener = _Listener(self._answers, number, self._cancelled)
        try:
            listener.check()
            result = self._author.write(turn_of(request.params), listener).as_json()
            if number in self._open:
                self._answers.result(number, result)
        except _Stopped:
            pass
        except BadTurn as bad:
            self._answers.error(number, INVALID_PARAMS, str(bad))
        except VibetuneError as error:
            if number in self._open:
                self._answers.failed(number, error)
        except Exception as error:  # noqa: BLE001, a process boundary: one bad turn must not end the session
            text = f"The planner failed: {type(error).__name__}: {error}"
            hint = "Say it in other words. The plan is untouched."
            data = {"code": "assistant.internal", "message": text, "hint": hint}
            self._answers.error(number, OURS, text, data)
        finally:
            self._open.discard(number)
            self._cancelled.discard(number)
