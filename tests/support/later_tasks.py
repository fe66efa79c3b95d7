"""Work that waits until a test lets it go on."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.tasks import InlineTasks, Job


class LaterTasks:
    """Keeps work until it is run, as a busy thread does."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, work: Callable[..., object], **settings: object) -> Job:
        self.waiting.append(lambda: InlineTasks().submit(work, **settings))  # type: ignore[arg-type]
        return Job("")

    def run_all(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()
