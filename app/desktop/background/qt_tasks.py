"""Work in threads whose results come back to the window's thread as Qt events."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.workbench.notices import Notices
from app.workbench.tasks import Cancelled, Job, JobList, Work
from pipeline.errors import Failed, VibetuneError, without_frames

Result = TypeVar("Result")
THREADS = 6  # they mostly wait: for files, for processes, for the engine
_log = logging.getLogger(__name__)


class QtTasks(QObject):
    """Runs work in a pool of threads; what comes of it is delivered in the thread that made this object."""

    _deliver = Signal(object)

    def __init__(self, jobs: JobList) -> None:
        super().__init__()
        self._jobs = jobs
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="work")
        self._active: set[int] = set()
        self._is_closed = False
        self.notices: Notices | None = None  # where errors go that nobody else takes
        self._deliver.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        work: Work[Result],
        *,
        title: str = "",
        done: Callable[[Result], None] | None = None,
        failed: Callable[[VibetuneError], None] | None = None,
    ) -> Job:
        """See `app.workbench.tasks.Tasks`."""
        job = Job(title)
        if self._is_closed:
            job.state = "cancelled"
            return job
        self._active.add(job.number)
        if title:
            self._jobs.add(job)
        self._pool.submit(self._run, job, work, done, failed)
        return job

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way or waiting to be delivered."""
        return not self._active

    def close(self) -> None:
        """Cancels everything and waits for the threads; nothing is delivered any more."""
        self._is_closed = True
        for job in self._jobs.running:
            job.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(
        self,
        job: Job,
        work: Work[Result],
        done: Callable[[Result], None] | None,
        failed: Callable[[VibetuneError], None] | None,
    ) -> None:
        call: Callable[[], object] = lambda: None  # noqa: E731
        try:
            result = work(job)
        except Cancelled:
            state = "cancelled"
        except VibetuneError as error:
            state, call = "failed", self._failing(job, error, failed)
        except Exception as error:  # noqa: BLE001, the boundary of a thread: logged, and shown as what it is
            _log.exception("work %r failed", job.title)
            wrapped = Failed(
                "app.unexpected", f"{job.title or 'A look at the project'} failed: {error}.", "See the log."
            )
            state, call = "failed", self._failing(job, wrapped, failed)
        else:
            state = "done"
            if done is not None:
                call = lambda: done(result)  # noqa: E731
        self._deliver.emit((job, state, call))

    def _failing(
        self, job: Job, error: VibetuneError, failed: Callable[[VibetuneError], None] | None
    ) -> Callable[[], object]:
        job.error = without_frames(error)
        if failed is not None:
            return lambda: failed(error)
        notices = self.notices
        return (lambda: notices.error(error)) if notices is not None else (lambda: None)

    def _call(self, parcel: tuple[Job, str, Callable[[], object]]) -> None:
        job, state, call = parcel
        self._active.discard(job.number)
        job.state, job.ended = state, time.monotonic()  # type: ignore[assignment]
        if state == "done":
            job.fraction = 1.0
        if not self._is_closed:
            if job.title:
                self._jobs.changed.emit()
            call()
