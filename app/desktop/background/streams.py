"""Streamed answers: one asyncio thread fills a queue, the window empties it thirty times a second.

The thread lives while answers come and ends with the last one; only it imports the HTTP client.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.workbench.asking import Answers, Cancel, OnAnswers, OnEnd, Question, stream
from pipeline.errors import Failed, VibetuneError

DRAIN_MS = 33  # a piece at a time would have the window do nothing but repaint


@dataclass(frozen=True)
class _End:
    error: VibetuneError | None


class _Loop:
    """An asyncio loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    def stop(self) -> None:
        """Ends the thread; nothing may be running in it any more."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(2)


class Streams(QObject):
    """Asks in the background; what it calls back runs in the window's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arrived: deque[tuple[int, Answers | _End]] = deque()
        self._listeners: dict[int, tuple[OnAnswers, OnEnd]] = {}
        self._running: dict[int, Future[None]] = {}
        self._numbers = itertools.count()
        self._loop: _Loop | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self.drain)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being asked, and no thread runs."""
        return self._loop is None

    def ask(self, question: Question, on_answers: OnAnswers, on_end: OnEnd) -> Cancel:
        """Starts to ask; see `Asker`."""
        number = next(self._numbers)
        if self._loop is None:
            self._loop = _Loop()
        self._listeners[number] = (on_answers, on_end)
        self._running[number] = asyncio.run_coroutine_threadsafe(self._stream(number, question), self._loop.loop)
        self._timer.start()
        return lambda: self._cancel(number)

    def drain(self) -> None:
        """Hands on what has arrived: of several states of one answer only the newest."""
        newest: dict[int, Answers] = {}
        ended: dict[int, _End] = {}
        while self._arrived:
            number, what = self._arrived.popleft()
            if isinstance(what, _End):
                ended[number] = what
            else:
                newest[number] = what
        for number, answers in newest.items():
            if number in self._listeners:
                self._listeners[number][0](answers)
        for number, end in ended.items():
            self._running.pop(number, None)
            if (listener := self._listeners.pop(number, None)) is not None:
                listener[1](end.error)
        if not self._running:
            self._rest()

    def close(self) -> None:
        """Stops everything, without telling the listeners."""
        self._listeners.clear()
        for future in self._running.values():
            future.cancel()
        if self._loop is not None and self._running:
            asyncio.run_coroutine_threadsafe(_others_ended(), self._loop.loop).result(2)
        self._running.clear()
        self._rest()

    def _cancel(self, number: int) -> None:
        if (future := self._running.get(number)) is not None:
            future.cancel()

    def _rest(self) -> None:
        self._timer.stop()
        if self._loop is not None:
            loop, self._loop = self._loop, None
            loop.stop()

    async def _stream(self, number: int, question: Question) -> None:
        error: VibetuneError | None = None
        try:
            await stream(question, lambda answers: self._arrived.append((number, answers)))
        except VibetuneError as problem:
            error = problem
        except Exception as problem:  # the thread's boundary: the window gets a reason, the log the traceback
            logging.getLogger(__name__).exception("asking %s failed", question.target.url)
            told = f"The answers stopped: {type(problem).__name__}: {problem}"
            error = Failed("stream.failed", told, "Ask again; the log has the details.")
        finally:
            self._arrived.append((number, _End(error)))


async def _others_ended() -> None:
    own = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not own]
    await asyncio.gather(*others, return_exceptions=True)


def streams() -> Streams:
    """The application's."""
    application = cast("QApplication | None", QApplication.instance())
    if application is None:
        raise RuntimeError("streams() needs a QApplication")
    found = application.findChild(Streams)
    if found is None:
        found = Streams(application)
        application.aboutToQuit.connect(found.close)
    return found
