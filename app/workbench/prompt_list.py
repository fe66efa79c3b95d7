"""Messages to ask: those that were asked before, and those of the test set."""

from __future__ import annotations

import json
import random
from pathlib import Path

from psygnal import Signal

from app.workbench.tasks import Job, Tasks
from pipeline.files import disk_errors, read_json_lines
from pipeline.runs.layout import ProjectFolder, RunFolder

MOST = 200


class PromptHistory:
    """`.vibetune/prompts.jsonl`: what was asked in the playground, newest first, each once."""

    changed = Signal()

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._path: Path | None = None
        self.prompts: tuple[str, ...] = ()

    def open(self, project: ProjectFolder | None) -> None:
        """Reads those of another project."""
        self._path = path = project.state / "prompts.jsonl" if project else None
        self.prompts = ()
        if path is None:
            return

        def done(prompts: tuple[str, ...]) -> None:
            if self._path == path:
                self.prompts = prompts
                self.changed.emit()

        self._tasks.submit(lambda _job: _read(path), done=done)

    def add(self, prompt: str) -> None:
        """Puts a message in front and appends it to the file."""
        if self.prompts[:1] == (prompt,):
            return
        self.prompts = (prompt, *(each for each in self.prompts if each != prompt))[:MOST]
        path = self._path
        if path is None:
            return

        def work(_job: Job) -> None:
            with disk_errors(path), path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"version": 1, "prompt": prompt}, ensure_ascii=False) + "\n")

        self._tasks.submit(work)
        self.changed.emit()


def _read(path: Path) -> tuple[str, ...]:
    prompts = [str(entry["prompt"]) for entry in read_json_lines(path) if "prompt" in entry]
    return tuple(dict.fromkeys(reversed(prompts)))[:MOST]


def read_test_messages(run: RunFolder, most: int, seed: float) -> tuple[str, ...]:
    """What users said last in the test rows of a run, in random order; no model was trained on them."""
    path = run.dataset / "test.parquet"
    if not path.is_file():
        return ()
    from pyarrow import parquet

    conversations = parquet.read_table(path, columns=["messages"]).column("messages").to_pylist()
    spoken = [[turn["content"] for turn in turns if turn["role"] == "user"] for turns in conversations]
    messages = list(dict.fromkeys(turns[-1] for turns in spoken if turns))
    random.Random(seed).shuffle(messages)
    return tuple(messages[:most])
