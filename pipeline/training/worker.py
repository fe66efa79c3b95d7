"""The worker of one run: `python -P -m pipeline train RUN`. Needs nothing but the run folder and the base.

Exit codes: 0 finished, paused or cancelled, 1 failed, 2 bad input.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import BadInput, Failed, VibetuneError
from pipeline.files import sha256
from pipeline.runs.events import Cancelled, EventLog, Failure, Finished, Paused, Progress, Started, read_events
from pipeline.runs.layout import RunFolder
from pipeline.runs.request import read_request
from pipeline.training.checkpoints import newest_checkpoint
from pipeline.training.device import Settings, fix_threads, physical_cores
from pipeline.training.job import Job, load_job
from pipeline.training.lora import WEIGHTS
from pipeline.training.stopping import Stopped, Wishes

if TYPE_CHECKING:
    from pipeline.training.sft import Training

# The libraries look these up when they are imported.
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}
# Optional, slow to import, and of no use to a training.
UNUSED = ("sklearn",)


def main(argv: Sequence[str]) -> int:
    """Trains the run whose folder is named, or goes on with it."""
    if len(argv) != 1 or argv[0].startswith("-"):
        sys.stderr.write("usage: python -P -m pipeline train RUN\n")
        return 2
    os.environ.update(QUIET)
    run = RunFolder(Path(argv[0]).resolve())
    try:
        read_request(run)
        with _alone(run):
            return _work(run)
    except VibetuneError as error:
        sys.stderr.write(f"error: {error.message}\n  try: {error.hint}\n")
        return error.exit_code


@contextlib.contextmanager
def _alone(run: RunFolder) -> Iterator[None]:
    """Keeps a second worker out of the folder; the system frees it when the process ends, however it ends."""
    with (run.path / "worker.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            text = f"{run.name} is running already: another worker holds {file.name}."
            raise BadInput("run.already_running", text, f"Watch it: vibetune runs show {run.name}") from error
        yield


def _work(run: RunFolder) -> int:
    """The process boundary: whatever ends a run becomes an event, and a traceback goes to the log alone."""
    wishes = Wishes(run)
    wishes.listen()
    with EventLog(run.events) as log:
        try:
            _run(run, log, wishes)
        except Stopped as stopped:
            log.write(Paused(step=stopped.step) if stopped.wish == "pause" else Cancelled(step=stopped.step))
            wishes.forget()
        except BaseException as error:  # noqa: BLE001
            traceback.print_exc()
            failure = as_failure(error, run)
            _tell(log, failure)
            return failure.exit_code
    return 0


def _tell(log: EventLog, failure: VibetuneError) -> None:
    event = Failure(code=failure.code, message=failure.message, hint=failure.hint, details=failure.details)
    try:
        log.write(event)
    except Failed as error:
        sys.stderr.write(f"error: {failure.message}; and it can't be logged: {error.message}\n")


def as_failure(error: BaseException, run: RunFolder) -> VibetuneError:
    """Any exception as an error that a person can act on."""
    if isinstance(error, VibetuneError):
        return error
    if _is_out_of_memory(error):
        text = f"The machine ran out of memory while training: {_first_line(error)}"
        hint = "Halve training.per_device_train_batch_size and double gradient_accumulation_steps."
        return Failed("training.no_memory", text, hint)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        text = f"The disk that holds {run.path} is full."
        return Failed("disk.full", text, "Free some space, then resume: what was finished before is kept.")
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return Failed("training.interrupted", "The worker was interrupted.", "Resume the run.")
    text = f"Training stopped with an error that it does not know: {type(error).__name__}: {_first_line(error)}"
    return Failed("training.crashed", text, f"The whole story is in {run.log}. What was finished before is kept.")


def _is_out_of_memory(error: BaseException) -> bool:
    text = str(error).lower()
    phrases = ("out of memory", "can't allocate memory", "cannot allocate memory")
    return isinstance(error, MemoryError) or any(phrase in text for phrase in phrases)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0][:300]


def _run(run: RunFolder, log: EventLog, wishes: Wishes) -> None:
    if (run.adapter / WEIGHTS).is_file():
        _finish_again(run, log)
        return
    newest = newest_checkpoint(run)
    step = newest[1].step if newest else None
    log.write(Started(pid=os.getpid(), resumed_from_step=step, versions=_versions()))
    wishes.stop_if_wanted(step or 0)
    job = load_job(run)
    training = _prepare(job, log, wishes, threads=newest[1].threads if newest else job.request.threads)
    _train_and_write(training)


def _finish_again(run: RunFolder, log: EventLog) -> None:
    """A kill between the adapter and its event left a finished run that does not say so."""
    events = read_events(run.events)
    if any(isinstance(event, Finished) for event in events):
        return
    newest = newest_checkpoint(run)
    log.write(Started(pid=os.getpid(), resumed_from_step=newest[1].step if newest else None, versions=_versions()))
    step, seconds = (newest[1].step, newest[1].seconds) if newest else (0, {})
    log.write(Finished(step=step, seconds=seconds, adapter_sha256=sha256(run.adapter / WEIGHTS)))


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers")
    return {"python": sys.version.split()[0], **{name: version(name) for name in names}}


def _prepare(job: Job, log: EventLog, wishes: Wishes, *, threads: int | None) -> Training:
    settings = Settings(threads or physical_cores())
    fix_threads(settings.threads)
    _leave_out(UNUSED if job.training.quantization != "none" else (*UNUSED, "bitsandbytes"))

    import torch  # noqa: F401  # after the number of threads is fixed

    from pipeline.training.sft import Training, first_settings

    return Training(job, log, wishes, first_settings(settings.threads))


def _leave_out(packages: Sequence[str]) -> None:
    """Makes optional packages look absent to this process: transformers and PEFT import whatever they find."""
    for name in packages:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # Python's own way to block an import
    # It asks for kernels of a model hub, on some CPUs, and has its own.
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)


def _train_and_write(training: Training) -> None:
    from pipeline.training.sft import train

    train(training)
    from pipeline.training.result import write_adapter

    training.wishes.stop_if_wanted(training.step)
    training.log.write(Progress(stage="probing", done=0, total=0, unit="rows"))
    with training.stage("probing"):
        digest = write_adapter(training)
    seconds = {name: round(value, 3) for name, value in training.seconds.items()}
    training.log.write(Finished(step=training.step, seconds=seconds, adapter_sha256=digest))
