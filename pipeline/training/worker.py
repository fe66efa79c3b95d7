"""The worker: trains one run folder to its end, in a process of its own. `python -P -m pipeline train RUN`."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from pipeline.bases.base import Base, find_base
from pipeline.bases.chat import require_chat
from pipeline.datasets.versions.version import DatasetVersion, load_version
from pipeline.errors import BadInput, Failed, VibetuneError
from pipeline.files import disk_errors
from pipeline.plan.document import load_plan
from pipeline.plan.model import Plan
from pipeline.runs.events import (
    AnyEvent,
    Cancelled,
    EventLog,
    Failure,
    Finished,
    Paused,
    Progress,
    Started,
    read_events,
)
from pipeline.runs.layout import RunFolder
from pipeline.runs.request import RunRequest, read_request
from pipeline.training.checkpoints import building_folder, complete_checkpoints
from pipeline.training.control import Wishes
from pipeline.training.guards import require_memory
from pipeline.training.tokens import RowTokenizer, TokenizedRow, load_tokenizer, tokenize_rows

if TYPE_CHECKING:
    from pipeline.training.reporting import Reporter

LIBRARIES = ("torch", "transformers", "peft", "trl", "bitsandbytes")


@dataclass(frozen=True)
class Work:
    """What a run folder asks for, read and checked."""

    run: RunFolder
    request: RunRequest
    plan: Plan
    base: Base
    dataset: DatasetVersion
    rows: list[TokenizedRow]
    validation: list[TokenizedRow]
    test: list[TokenizedRow]


def train(folder: Path) -> int:
    """Trains, or goes on training, what `folder` asks for. Returns the exit code."""
    run = RunFolder(folder.resolve())
    request = read_request(run)
    with _alone_in(run), EventLog(run.events) as log:
        if any(isinstance(event, Finished) for event in read_events(run.events)):
            return 0
        resumed = complete_checkpoints(run)
        log.write(
            Started(
                pid=os.getpid(),
                resumed_from_step=resumed[-1][0] if resumed else None,
                versions={name: version(name) for name in LIBRARIES},
            )
        )
        try:
            _work(run, request, log)
        except VibetuneError as error:
            log.write(Failure(code=error.code, message=error.message, hint=error.hint, details=error.details))
            return error.exit_code
        except Exception as error:  # the process boundary: watchers get an event, log.txt the traceback
            logging.exception("the worker failed")
            known = _explained(error)
            with contextlib.suppress(VibetuneError):  # a full disk can't be written about
                log.write(Failure(code=known.code, message=known.message, hint=known.hint))
            return known.exit_code
    return 0


def _work(run: RunFolder, request: RunRequest, log: EventLog) -> None:
    began = time.monotonic()
    wishes = Wishes(run)
    wishes.listen()
    log.write(Progress(stage="preparing", done=0, total=0, text="reading the rows"))
    work = read_work(run, request)
    require_memory(work.base, work.plan.training, longest=max(len(row.input_ids) for row in work.rows))
    log.write(Progress(stage="preparing", done=0, total=0, text="loading the base"))
    prepared_s = time.monotonic() - began
    model, reporter = _train(work, log, wishes)
    step = reporter.step
    if reporter.stopped_by:
        log.write(Paused(step=step) if reporter.stopped_by == "pause" else Cancelled(step=step))
        return
    trained_s = time.monotonic() - began - prepared_s
    log.write(Progress(stage="probing", done=0, total=0))
    from pipeline.training.artifact import write_adapter

    digest = write_adapter(
        run,
        model,
        plan=work.plan,
        base=work.base,
        request=work.request,
        dataset=work.dataset,
        rows=work.rows,
        probed=work.validation or work.test,
    )
    seconds = {
        "preparing": prepared_s,
        "training": trained_s + earlier_seconds(read_events(run.events)),
        "probing": time.monotonic() - began - prepared_s - trained_s,
    }
    log.write(Finished(step=step, seconds=seconds, adapter_sha256=digest))


def read_work(run: RunFolder, request: RunRequest) -> Work:
    """Reads and checks everything that a run needs, before anything heavy is loaded.

    Raises:
        BadInput: what can't be trained, with the row.
        Failed: `base.changed`.
    """
    plan = load_plan(run.plan).plan
    base = find_base(request.base_address(run), request.base.revision)
    if base.sha256 != request.base.sha256:
        text = (
            f"{base.id} has other weights ({base.sha256[:12]}) than when the run was made ({request.base.sha256[:12]})."
        )
        raise Failed("base.changed", text, "Start a new run from the plan.")
    require_chat(base)
    dataset = load_version(run.dataset)
    tokenize = RowTokenizer(base, plan.dataset.system_prompt, trains_every_answer=dataset.trains_every_answer)
    length = int(plan.training.max_length)
    rows = tokenize_rows(tokenize, dataset.rows("train"), max_length=length)
    if not rows:
        raise BadInput("data.no_training_rows", f"{run.name} has no row to train.", "Give more rows.")
    validation = [row for row in map(tokenize, dataset.rows("validation")) if len(row.input_ids) <= base.context]
    test = (
        [] if validation else [row for row in map(tokenize, dataset.rows("test")) if len(row.input_ids) <= base.context]
    )
    return Work(run, request, plan, base, dataset, rows, validation, test)


def _train(work: Work, log: EventLog, wishes: Wishes) -> tuple[object, Reporter]:
    _set_up_torch(work.request.threads)
    from pipeline.training.reporting import Reporter
    from pipeline.training.sft import Job, train_lora

    tokenizer = load_tokenizer(work.base)
    reporter = Reporter(
        run=work.run,
        log=log,
        wishes=wishes,
        validation=work.validation,
        decode=tokenizer.decode,
        stop_ids=[tokenizer.token_to_id(token) for token in work.base.stop_tokens],
    )
    checkpoints = complete_checkpoints(work.run)
    job = Job(
        plan=work.plan,
        base=work.base,
        rows=work.rows,
        folder=building_folder(work.run),
        callbacks=[reporter],
        resume_from=checkpoints[-1][1] if checkpoints else None,
    )
    return train_lora(job, on_ready=reporter.attach), reporter


def _set_up_torch(threads: int | None) -> None:
    """Fixed threads and deterministic kernels: a resumed run has to add up the same numbers in the same order."""
    import torch
    from transformers.utils import logging as transformers_logging

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # source: PyTorch's notes on randomness
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.set_num_threads(threads or psutil.cpu_count(logical=False) or 1)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()


def earlier_seconds(events: list[AnyEvent]) -> float:
    """Seconds that earlier attempts spent, from the log alone; the present attempt is the last one."""
    total, began, last = 0.0, None, 0.0
    for event in events:
        if isinstance(event, Started):
            total += last - began if began is not None else 0.0
            began = event.time
        last = event.time
    return total


def _explained(error: Exception) -> VibetuneError:
    """An error of a library in our words, where its cause is known."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower() or "can't allocate memory" in str(error):
        hint = (
            "Halve training.per_device_train_batch_size, or set training.quantization: nf4; resume keeps what is saved."
        )
        return Failed("training.no_memory", f"The memory is full. {text}", hint)
    if isinstance(error, OSError) and error.errno == 28:
        return Failed(
            "disk.full", f"The disk is full. {text}", "Free some space, then resume: the last checkpoint is kept."
        )
    return Failed("training.failed", f"The training failed. {text}", "The run's log.txt has the details.")


@contextlib.contextmanager
def _alone_in(run: RunFolder) -> Iterator[None]:
    """Keeps a second worker out of the folder.

    Raises:
        BadInput: `run.already_running`.
    """
    path = run.path / ".worker.lock"
    with disk_errors(path), path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            text = f"Another worker is at {run.name} already."
            raise BadInput("run.already_running", text, f"Watch it: vibetune runs show {run.name}") from error
        yield
