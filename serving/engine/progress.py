"""What the engine is doing while it starts, in plain words, from its log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from serving.deployments import State


@dataclass(frozen=True)
class StageEvent:
    """One step of a start."""

    state: State
    text: str
    seconds: float  # since the start
    done: int = 0  # of `total`, where the step has parts
    total: int = 0


OnStage = Callable[[StageEvent], None]

# What stands in the log when a step begins. The first line is the launcher's own, the rest are vLLM's.
STEPS = (
    ("vibetune: importing vLLM", "process started, importing vLLM"),
    ("vibetune: vLLM is imported", "vLLM imported"),
    ("Starting to load model", "reading the weights"),
    ("Loading weights took", "weights read"),
    ("KV cache size", "KV cache ready"),
    ("Starting vLLM server on", "opening the server"),
)


class LogSteps:
    """Follows a log and reports each known step once, in order."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0  # bytes
        self._tail = ""
        self._next = 0

    def new(self) -> list[str]:
        """Texts of the steps that began since the last call."""
        text = self._tail + self._grown()
        self._tail = text.rpartition("\n")[2]
        begun: list[str] = []
        for line in text.splitlines():
            for place in range(self._next, len(STEPS)):
                if STEPS[place][0] in line:
                    begun.append(STEPS[place][1])
                    self._next = place + 1
                    break
        return begun

    def _grown(self) -> str:
        try:
            with self._log.open("rb") as file:
                file.seek(self._read)
                added = file.read()
        except FileNotFoundError:
            return ""
        self._read += len(added)
        return added.decode(errors="replace")
