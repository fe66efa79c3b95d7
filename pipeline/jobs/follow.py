"""Watching a run: its events as they come, until it ends. The watcher may come and go; the run doesn't notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from pipeline.jobs.state import RUNNING, Follower, RunSummary, summary
from pipeline.jobs.worker import find_worker
from pipeline.runs.events import AnyEvent, Tail
from pipeline.runs.layout import RunFolder

POLL_S = 0.2


def follow(run: RunFolder, *, poll_s: float = POLL_S) -> Iterator[AnyEvent]:
    """Yields all events of a run, those of the past first, and ends when the run has ended in whatever way."""
    follower, tail = Follower(run), Tail(run.events)
    while True:
        worker = find_worker(run)
        for event in tail:
            follower.add([event])
            yield event
        if follower.summary(worker).state not in RUNNING:
            return
        time.sleep(poll_s)


def wait(
    run: RunFolder, on_event: Callable[[AnyEvent], None] = lambda _: None, *, poll_s: float = POLL_S
) -> RunSummary:
    """Waits until the run has ended, handing each event to `on_event`, and returns what came of it."""
    for event in follow(run, poll_s=poll_s):
        on_event(event)
    return summary(run)
