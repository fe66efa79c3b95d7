"""A worker that is killed, paused or told to stop goes on to the adapter of an uninterrupted run, bit for bit."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.files import sha256
from pipeline.runs.events import Cancelled, Event, Failure, Finished, Paused, Started, read_events
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.training.checkpoints import newest_checkpoint
from tests.support.training_runs import make_project, make_run

pytestmark = pytest.mark.heavy
DEADLINE_S = 90.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Attempts:
    """One run, started as often as it takes."""

    run: RunFolder
    exit_codes: list[int] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        with self.run.log.open("ab") as log:
            command = [sys.executable, "-P", "-m", "pipeline", "train", str(self.run.path)]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=environment)

    def to_its_end(self) -> Attempts:
        self._wait(self.start())
        return self

    def until(
        self, is_time: Callable[[RunFolder], bool], then: Callable[[subprocess.Popen[bytes]], object]
    ) -> Attempts:
        """Starts a worker, does `then` when it is time, and waits for the worker to end."""
        worker = self.start()
        try:
            deadline = time.monotonic() + DEADLINE_S
            while not is_time(self.run):
                assert worker.poll() is None, f"it ended too early: {self.run.log.read_text()}"
                assert time.monotonic() < deadline, "it took too long"
                time.sleep(0.0005)
            then(worker)
        except BaseException:
            worker.kill()
            raise
        finally:
            self._wait(worker)
        return self

    def _wait(self, worker: subprocess.Popen[bytes]) -> None:
        try:
            self.exit_codes.append(worker.wait(DEADLINE_S))
        finally:
            worker.kill()
            worker.wait()

    @property
    def events(self) -> list[Event]:
        return list(read_events(self.run.events))

    @property
    def resumed_from(self) -> list[int | None]:
        return [event.resumed_from_step for event in self.events if isinstance(event, Started)]

    @property
    def weights(self) -> str:
        return sha256(self.run.adapter / "adapter_model.safetensors")


def has_step(step: int) -> Callable[[RunFolder], bool]:
    """Whether a checkpoint of this step, or a later one, is complete."""

    def is_there(run: RunFolder) -> bool:
        newest = newest_checkpoint(run)
        return newest is not None and newest[1].step >= step

    return is_there


def is_writing_checkpoint(run: RunFolder) -> bool:
    return has_step(20)(run) and any(run.checkpoints.glob(".step-*"))


def kill_while_writing(worker: subprocess.Popen[bytes]) -> None:
    """Kills it with a checkpoint half written: stopped first, to look again without a race."""
    worker.send_signal(signal.SIGSTOP)
    folder = Path(worker.args[-1]) / "checkpoints"  # type: ignore[index, arg-type]
    deadline = time.monotonic() + DEADLINE_S
    while not any(path for path in folder.glob(".step-*") if not path.name.endswith(".gone")):
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.001)
        worker.send_signal(signal.SIGSTOP)
        assert time.monotonic() < deadline
    worker.kill()


def kill(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()


def terminate(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()


@dataclass
class Scenarios:
    """Runs of the same plan, two at a time."""

    project: ProjectFolder
    pool: ThreadPoolExecutor

    def attempts(self, name: str, source: str = "template") -> Attempts:
        shutil.copytree(self.project.run(source).path, self.project.run(name).path)
        return Attempts(self.project.run(name))

    def killed(self, name: str, is_time: Callable[[RunFolder], bool], how: Callable[..., object] = kill) -> Attempts:
        attempts = self.attempts(name).until(is_time, how)
        (attempts.run.path / "left.json").write_text(json.dumps(names_in(attempts.run.checkpoints)))
        return attempts.to_its_end()

    def stopped(self, name: str, word: str) -> Attempts:
        attempts = self.attempts(name)
        return attempts.until(has_step(8), lambda _: attempts.run.control.write_text(f"{word}\n"))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


Runs = dict[str, Future[Attempts]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All runs of this file, under way at the same time: each needs one core, and most of its time to import."""
    project = make_project(tmp_path_factory.mktemp("project"))
    make_run(project, "template", num_train_epochs=4, save_steps=4, adapter={"r": 4, "lora_dropout": 0.1})
    with ThreadPoolExecutor(max_workers=2) as pool:
        scenarios = Scenarios(project, pool)
        yield {
            "whole": pool.submit(lambda: scenarios.attempts("whole").to_its_end()),
            "early": pool.submit(scenarios.killed, "early", has_step(4)),
            "middle": pool.submit(scenarios.killed, "middle", has_step(20)),
            "writing": pool.submit(scenarios.killed, "writing", is_writing_checkpoint, kill_while_writing),
            "paused": pool.submit(lambda: scenarios.stopped("paused", "pause").to_its_end()),
            "cancelled": pool.submit(scenarios.stopped, "cancelled", "cancel"),
            "terminated": pool.submit(lambda: scenarios.attempts("terminated").until(has_step(8), terminate)),
        }


@pytest.mark.parametrize("name", ["early", "middle", "writing"])
def test_a_killed_worker_goes_on_to_the_same_adapter(runs: Runs, name: str) -> None:
    whole, killed = runs["whole"].result(), runs[name].result()
    assert whole.exit_codes == [0], whole.run.log.read_text()
    assert killed.exit_codes == [-signal.SIGKILL, 0], killed.run.log.read_text()
    assert whole.resumed_from == [None]
    first, second = killed.resumed_from
    assert first is None
    assert second is not None
    assert {"early": 4, "middle": 20, "writing": 20}[name] <= second < 40
    assert killed.weights == whole.weights
    assert names_in(killed.run.checkpoints) == names_in(whole.run.checkpoints)
    assert names_in(killed.run.adapter) == names_in(whole.run.adapter)
    assert (killed.run.adapter / "probe.json").read_bytes() == (whole.run.adapter / "probe.json").read_bytes()


def test_a_checkpoint_that_was_being_written_is_not_taken_for_one(runs: Runs) -> None:
    killed = runs["writing"].result()
    left = json.loads((killed.run.path / "left.json").read_text())
    assert [name for name in left if name.startswith(".step-")]
    whole = [int(name.removeprefix("step-")) for name in left if name.startswith("step-")]
    assert killed.resumed_from[1] == max(whole)


def test_a_paused_run_goes_on_to_the_same_adapter(runs: Runs) -> None:
    paused = runs["paused"].result()
    assert paused.exit_codes == [0, 0], paused.run.log.read_text()
    (event,) = [event for event in paused.events if isinstance(event, Paused)]
    assert 8 <= event.step < 40
    assert paused.resumed_from == [None, event.step]
    assert paused.weights == runs["whole"].result().weights
    finished = paused.events[-1]
    assert isinstance(finished, Finished)
    assert finished.step == 40
    assert finished.adapter_sha256 == paused.weights


@pytest.mark.parametrize("name", ["cancelled", "terminated"])
def test_a_cancelled_worker_ends_in_order_and_can_be_resumed(runs: Runs, name: str) -> None:
    stopped = runs[name].result()
    assert stopped.exit_codes == [0], stopped.run.log.read_text()
    last = stopped.events[-1]
    assert isinstance(last, Cancelled)
    newest = newest_checkpoint(stopped.run)
    assert newest is not None
    assert newest[1].step == last.step < 40
    assert not stopped.run.control.exists()
    assert not stopped.run.adapter.exists()


def test_the_log_of_a_run_without_trouble_is_empty(runs: Runs) -> None:
    assert runs["whole"].result().run.log.read_text() == ""


def test_no_file_of_the_adapter_names_a_place_of_this_machine(runs: Runs) -> None:
    whole = runs["whole"].result()
    config = json.loads((whole.run.adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "base"
    paths = [path for path in whole.run.adapter.iterdir() if path.suffix != ".safetensors"]
    assert len(paths) == 5
    for path in paths:
        assert str(whole.run.path.parents[2]) not in path.read_text(), path.name


def test_a_worker_killed_before_it_said_finished_says_it_the_next_time(runs: Runs) -> None:
    whole = runs["whole"].result()
    copy = Attempts(RunFolder(whole.run.path.with_name("unsaid")))
    shutil.copytree(whole.run.path, copy.run.path)
    lines = copy.run.events.read_bytes().splitlines(keepends=True)
    copy.run.events.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    copy.to_its_end()
    last = copy.events[-1]
    assert isinstance(last, Finished)
    assert (last.step, last.adapter_sha256) == (40, whole.weights)
    assert [event.seq for event in copy.events] == list(range(1, len(copy.events) + 1))
    written = copy.run.events.read_bytes()
    copy.to_its_end()
    assert copy.exit_codes == [0, 0]
    assert copy.run.events.read_bytes() == written, "a finished run is left as it is"


def test_a_second_worker_in_the_same_folder_is_refused(runs: Runs) -> None:
    attempts = Attempts(RunFolder(runs["whole"].result().run.path.with_name("contested")))
    shutil.copytree(attempts.run.path.with_name("template"), attempts.run.path)
    first = attempts.start()
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not attempts.events:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        attempts.to_its_end()
        assert attempts.exit_codes == [2]
        assert "contested is running already" in attempts.run.log.read_text()
        assert first.poll() is None
        assert not [event for event in attempts.events if isinstance(event, Failure)]
    finally:
        first.kill()
        first.wait()
