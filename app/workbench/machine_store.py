"""What this machine can do, found out line by line while the window is already in use."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psygnal import Signal

from app.workbench.quantities import GIB, memory
from app.workbench.tasks import Job, Tasks
from pipeline.datasets.problem import counted

if TYPE_CHECKING:
    from pipeline.machine.machine import Machine

State = Literal["ok", "warn", "missing", "off"]
MEMORY_EVERY_S = 2.0

# What "small" means without a card: three passes over some hundred short rows within half an hour.
SHORT_RUN_S = 1800.0
SHORT_RUN_TOKENS = 100_000
FLOPS_PER_CORE = 2.0e10  # source: resources/hardware.yaml, processor
FLOPS_PER_PARAMETER = 4.0  # of one token with LoRA: forward and back to the inputs, arXiv 2001.08361
BYTES_PER_PARAMETER = 4.0  # float32
WORKER_GIB = 1.5  # source: measured, a worker beside its weights


@dataclass(frozen=True)
class Check:
    """One line: what can be done, why, and what to do where something is missing.

    Args:
        state: `off` is a choice, `warn` limits what can be done, `missing` stops the main job.
    """

    name: str
    state: State
    title: str
    text: str = ""
    hint: str = ""


@dataclass(frozen=True)
class MachineFacts:
    """The machine in numbers, as this process may use it."""

    cores: int
    memory_bytes: int
    disk_free_bytes: int
    gpu: str = ""  # name of the largest card; empty without one
    gpu_memory_bytes: int = 0


class MachineStore:
    """Checks of this machine; they need no project. Lines come one by one, `changed` after each."""

    changed = Signal()

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._machine: Machine | None = None
        self._memory_read = 0.0
        self._reads_memory = False
        self.checks: tuple[Check, ...] = ()
        self.facts: MachineFacts | None = None
        self.is_checking = False
        self.checked_at: float | None = None  # seconds since the epoch
        self.memory_used = 0  # bytes
        self.memory_total = 0

    @property
    def summary(self) -> str:
        """The machine in three words, for the status bar; empty until it is known."""
        if self.facts is None:
            return ""
        if self.facts.gpu:
            return self.facts.gpu
        return f"CPU only, {counted(self.facts.cores, 'core')}"

    @property
    def headline(self) -> str:
        """Cores, memory and disk in one line; empty until they are known."""
        if self.facts is None:
            return ""
        installed, free = memory(self.facts.memory_bytes / GIB), memory(self.facts.disk_free_bytes / GIB)
        return f"{counted(self.facts.cores, 'core')} · {installed} memory · {free} disk free"

    def check_again(self) -> None:
        """Looks at everything anew; returns at once."""
        if self.is_checking:
            return
        self.is_checking, self.checks = True, ()
        self.changed.emit()
        self._tasks.submit(_look, done=self.take_machine, failed=lambda _error: self._end())

    def refresh(self) -> None:
        """Measures the memory in use every two seconds; returns at once."""
        if self._reads_memory or time.monotonic() - self._memory_read < MEMORY_EVERY_S:
            return
        self._reads_memory, self._memory_read = True, time.monotonic()
        self._tasks.submit(_read_memory, done=self._take_memory, failed=lambda _error: None)

    def _take_memory(self, memory: tuple[int, int]) -> None:
        self._reads_memory = False
        used, total = memory
        is_new = abs(used - self.memory_used) > GIB // 20 or total != self.memory_total
        if is_new:  # what the eye can't see in the status bar is no news
            self.memory_used, self.memory_total = used, total
            self.changed.emit()

    def take_machine(self, machine: Machine) -> None:
        """Judges a machine that was looked at."""
        self._machine = machine
        largest = max(machine.gpus, key=lambda gpu: gpu.memory_gib, default=None)
        self.facts = MachineFacts(
            cores=machine.cores,
            memory_bytes=round(machine.memory_gib * GIB),
            disk_free_bytes=round(machine.disk_free_gib * GIB),
            gpu=largest.name if largest else "",
            gpu_memory_bytes=round(largest.memory_gib * GIB) if largest else 0,
        )
        self.memory_total = self.facts.memory_bytes
        self.memory_used = self.memory_total - round(machine.available_gib * GIB)
        self.changed.emit()
        self._next(machine, 0)

    def _next(self, machine: Machine, number: int) -> None:
        """Each line is its own piece of work, so that it shows as soon as it is known."""
        if number == len(_LINES):
            self._end()
            return
        line = _LINES[number]

        def take(found: tuple[Check, ...]) -> None:
            self.checks = (*self.checks, *found)
            self.changed.emit()
            self._next(machine, number + 1)

        self._tasks.submit(lambda _job: line(machine), done=take, failed=lambda _error: self._end())

    def _end(self) -> None:
        self.is_checking, self.checked_at = False, time.time()
        self.changed.emit()


def _look(_job: Job) -> Machine:
    from pipeline.machine.machine import inspect_machine

    return inspect_machine()


def _read_memory(_job: Job) -> tuple[int, int]:
    """Bytes in use and in all."""
    from pipeline.machine.machine import memory_bytes

    total, available = memory_bytes()
    return total - available, total


def _everything(_machine: Machine) -> tuple[Check, ...]:
    return (Check("data", "ok", "Data, plans, verdicts and reports: everything", "None of it needs a graphics card."),)


def _training(machine: Machine) -> tuple[Check, ...]:
    """What can be trained and served here, and what is in the way, in the doctor's words."""
    from pipeline.machine.checks import checks

    stands_in_the_way = [check for check in checks(machine) if check.state == "missing"]
    if stands_in_the_way:
        return tuple(Check(each.name, "missing", each.message, "", each.hint) for each in stands_in_the_way)
    if machine.gpus:
        card = max(machine.gpus, key=lambda gpu: gpu.memory_gib)
        return (Check("train", "ok", f"Train and serve on the {card.name}", f"{memory(card.memory_gib)} on the card."),)
    title = f"Train and serve small models (up to about {_billions(largest_base(machine))} parameters)"
    return (
        Check("train", "ok", title, "Minutes for hundreds of rows, hours for thousands. You see the estimate first."),
    )


def largest_base(machine: Machine) -> float:
    """Parameters of the largest base that some hundred rows train in half an hour, and that fits in memory."""
    by_time = SHORT_RUN_S * FLOPS_PER_CORE * machine.cores / (FLOPS_PER_PARAMETER * SHORT_RUN_TOKENS)
    by_memory = max(0.0, machine.memory_gib - WORKER_GIB) * GIB / BYTES_PER_PARAMETER
    return min(by_time, by_memory)


def _billions(parameters: float) -> str:
    return f"{parameters / 1e9:.1f} B" if parameters >= 0.95e8 else f"{parameters / 1e6:.0f} M"


def _larger(machine: Machine) -> tuple[Check, ...]:
    if machine.gpus:
        return ()
    text = "Open the same project on a machine with a card: plan, data and recipes are files and go with it."
    if machine.has_nvidia_device:
        hint = "Run nvidia-smi and follow what it says; usually the driver has to be installed again."
        return (
            Check("gpu", "warn", "The graphics card doesn't answer", "There is one, but its driver is silent.", hint),
        )
    return (Check("gpu", "off", "Larger models are trained elsewhere", text),)


def _warnings(machine: Machine) -> tuple[Check, ...]:
    from pipeline.machine.checks import checks

    found = [check for check in checks(machine) if check.state == "warn" and check.name != "gpu"]
    return tuple(Check(each.name, "warn", each.message, "", each.hint) for each in found)


def _language_models(_machine: Machine) -> tuple[Check, ...]:
    return (Check("api", "off", "Language models by API: off", "Plans are made on this machine. Nothing is sent."),)


_LINES: tuple[Callable[[Machine], tuple[Check, ...]], ...] = (
    _everything,
    _training,
    _larger,
    _warnings,
    _language_models,
)
