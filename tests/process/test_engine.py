"""The engine for real: vLLM with a two-layer base and two adapters, compared with PEFT, killed, found, stopped."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.bases.probe import PROBE_FILE, record_probe, teacher_forced_logprobs, write_probe
from pipeline.errors import BadInput, Failed, VibetuneError
from pipeline.processes.group import members
from pipeline.providers.endpoint import Completion
from pipeline.runs.manifest import BaseReference
from serving.deployments import AdapterEntry, Deployment
from serving.engine.engine import Engine, find_engine, start_engine, status, supervise
from serving.engine.ports import is_free
from serving.engine.progress import StageEvent
from serving.engine.settings import EngineSettings
from tests.support.tiny_model import VOCABULARY, make_tiny_adapter, make_tiny_base

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore:Model has `tie_word_embeddings=True` and a tied layer"),  # as in training
]

TOLERANCE = 1e-3  # nats; measured 1e-5
ANSWER_TOKENS = 16
ADAPTERS = ("first@1", "second@1")  # as many as there are slots
SLOTS = EngineSettings(max_loras=len(ADAPTERS), max_lora_rank=16)


@dataclass(frozen=True)
class Models:
    """A base, its adapters with probes that PEFT recorded, and the PEFT model to compare with."""

    base: Path
    adapters: dict[str, Path]
    peft: Any

    def logprobs(self, model: str, prompt: list[int], completion: list[int]) -> list[float]:
        if model == "base":
            with self.peft.disable_adapter():
                return teacher_forced_logprobs(self.peft, prompt, completion)
        self.peft.set_adapter(_peft_name(model))
        return teacher_forced_logprobs(self.peft, prompt, completion)


def _peft_name(model: str) -> str:
    return model.partition("@")[0]


def _prompts(count: int) -> list[list[int]]:
    generator = random.Random(7)
    return [[generator.randrange(3, VOCABULARY) for _ in range(generator.randrange(4, 220))] for _ in range(count)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("models")
    base = make_tiny_base(folder / "base")
    first, second = ADAPTERS
    adapters = {
        first: make_tiny_adapter(base, folder / first, seed=1),
        second: make_tiny_adapter(base, folder / second, seed=2, has_embeddings=True),
    }
    model = AutoModelForCausalLM.from_pretrained(base)
    for name, path in adapters.items():
        if isinstance(model, PeftModel):
            model.load_adapter(path, _peft_name(name))
        else:
            model = PeftModel.from_pretrained(model, path, adapter_name=_peft_name(name))
    model.eval()
    for name, path in adapters.items():
        model.set_adapter(_peft_name(name))
        prompts = _prompts(4)
        probe = record_probe(
            model, prompts, [prompt[:5] for prompt in prompts], base=BaseReference(id="base", sha256="")
        )
        write_probe(path, probe)
    return Models(base, adapters, model)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("project") / ".vibetune"
    yield folder
    for path in (folder / "deployments").glob("*.yaml"):
        if engine := find_engine(folder, path.stem):
            engine.stop()


def _deployment(models: Models, name: str = "local", **settings: Any) -> Deployment:
    return Deployment(
        name=name,
        base="base",
        base_folder=str(models.base),
        settings=SLOTS.model_copy(update=settings),
        adapters=[AdapterEntry(name=adapter, folder=str(path)) for adapter, path in models.adapters.items()],
    )


@pytest.fixture(scope="module")
def stages() -> list[StageEvent]:
    return []


@pytest.fixture(scope="module")
def engine(models: Models, state: Path, stages: list[StageEvent]) -> Engine:
    return start_engine(_deployment(models), state, on_stage=stages.append)


def _until(true: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_start_tells_its_stages_in_order_and_ends_ready(engine: Engine, stages: list[StageEvent]) -> None:
    texts = [event.text for event in stages]
    expected = [
        "starting",
        "process started, importing vLLM",
        "vLLM imported",
        "reading the weights",
        "weights read",
        "KV cache ready",
        "opening the server",
        "loading adapter first@1",
        "loading adapter second@1",
        "ready",
    ]
    assert texts == expected
    assert [event.state for event in stages] == ["Pending", *["Initializing"] * 8, "Ready"]
    assert (stages[-2].done, stages[-2].total) == (1, 2)
    print(f"ready after {stages[-1].seconds:.1f} s")
    assert status(engine.state_folder).state == "Ready"
    assert status(engine.state_folder).adapters == list(ADAPTERS)


def test_a_second_start_returns_the_running_engine(engine: Engine, models: Models) -> None:
    again = start_engine(_deployment(models), engine.state_folder)
    assert again.record == engine.record
    found = find_engine(engine.state_folder)
    assert found is not None
    assert found.record == engine.record
    assert found.adapters() == list(ADAPTERS)
    with pytest.raises(BadInput) as error:
        start_engine(_deployment(models).model_copy(update={"base": "another"}), engine.state_folder)
    assert error.value.code == "engine.other_deployment"


def test_joining_with_an_adapter_that_is_refused_leaves_the_running_engine_as_it_was(
    engine: Engine, models: Models, tmp_path: Path
) -> None:
    wide = make_tiny_adapter(models.base, tmp_path / "wide", seed=3, r=32)
    fine = make_tiny_adapter(models.base, tmp_path / "fine", seed=3)
    wished = _deployment(models).with_adapter(AdapterEntry(name="wide", folder=str(wide)))
    with pytest.raises(BadInput) as error:
        start_engine(wished, engine.state_folder)
    assert error.value.code == "adapter.rank"
    assert engine.adapters() == list(ADAPTERS)
    assert status(engine.state_folder).state == "Ready"

    wished = _deployment(models).with_adapter(AdapterEntry(name="fine", folder=str(fine)))
    joined = start_engine(wished, engine.state_folder)
    assert joined.adapters() == ["fine", *ADAPTERS]
    assert status(engine.state_folder).adapters == [*ADAPTERS, "fine"]
    joined.unload("fine")


def test_every_path_asks_for_the_key_and_no_process_shows_it(engine: Engine) -> None:
    async def refused(path: str) -> int:
        import aiohttp

        async with aiohttp.ClientSession() as session, session.post(engine.url + path, json={}) as response:
            return response.status

    for path in ("/v1/completions", "/adapters", "/v1/load_lora_adapter", "/invocations", "/tokenize", "/metrics"):
        assert asyncio.run(refused(path)) == 401, path
    lines = [" ".join(process.cmdline()) for process in members(engine.record)]
    assert len(lines) >= 3
    assert not any(engine.key in line for line in lines)
    assert engine.key not in engine.files.log.read_text()


async def _answers(engine: Engine, *, together: bool) -> dict[tuple[str, int], Completion]:
    """Greedy answers of base and adapters to the same prompts, all at once or one after the other."""
    async with engine.endpoint() as base:
        endpoints = {"base": base} | {name: base.with_model(name) for name in ADAPTERS}
        keys = [(name, place) for place in range(8) for name in endpoints]
        prompts = _prompts(8)

        async def ask(key: tuple[str, int]) -> Completion:
            name, place = key
            return await endpoints[name].complete(prompts[place], max_tokens=ANSWER_TOKENS, logprobs=True)

        if together:
            return dict(zip(keys, await asyncio.gather(*map(ask, keys)), strict=True))
        return {key: await ask(key) for key in keys}


def _differences(engine: Engine, models: Models) -> tuple[int, float, float]:
    """Answers that differ between alone and mixed, and the largest distance of either's log-probabilities from PEFT."""
    alone, mixed = (asyncio.run(_answers(engine, together=together)) for together in (False, True))
    prompts = _prompts(8)
    distances = {"alone": 0.0, "mixed": 0.0}
    for label, answers in (("alone", alone), ("mixed", mixed)):
        for (name, place), answer in answers.items():
            trained = models.logprobs(name, prompts[place], answer.token_ids)
            distance = max(abs(a - b) for a, b in zip(answer.logprobs, trained, strict=True))
            distances[label] = max(distances[label], distance)
    changed = sum(alone[key].token_ids != mixed[key].token_ids for key in alone)
    return changed, distances["alone"], distances["mixed"]


def test_base_and_adapters_in_one_batch_answer_as_they_do_alone_and_as_peft_does(
    engine: Engine, models: Models
) -> None:
    changed, alone, mixed = _differences(engine, models)
    print(f"largest distance from PEFT: {alone:.2g} alone, {mixed:.2g} mixed (nats)")
    assert changed == 0
    assert alone < TOLERANCE
    assert mixed < TOLERANCE


def test_without_the_guard_the_same_check_sees_adapters_answering_for_the_base(
    models: Models, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.engine.command.LAUNCHER", "tests.support.unguarded_launcher")
    unguarded = start_engine(_deployment(models, "unguarded"), engine.state_folder, probe=False)
    assert unguarded.port != engine.port
    changed, alone, mixed = _differences(unguarded, models)
    unguarded.stop()
    print(f"without the guard: {mixed:.2g} mixed, {changed} answers changed")
    assert alone < TOLERANCE
    assert mixed > 100 * TOLERANCE
    assert changed > 0
    assert engine.is_healthy()


def test_given_tokens_are_scored_together_whatever_else_is_asked(engine: Engine, models: Models) -> None:
    async def ask() -> tuple[list[list[float]], dict[int, float], Completion]:
        async with engine.endpoint(ADAPTERS[0]) as endpoint:
            scores = asyncio.gather(*(endpoint.score(prompt, [5, 6, 7]) for prompt in _prompts(6)))
            tops = endpoint.next_logprobs(_prompts(1)[0], range(VOCABULARY))
            answer = endpoint.complete(_prompts(1)[0], max_tokens=3, logprobs=True)
            return await asyncio.gather(scores, tops, answer)

    scores, tops, answer = asyncio.run(ask())
    for prompt, score in zip(_prompts(6), scores, strict=True):
        assert score == pytest.approx(models.logprobs(ADAPTERS[0], prompt, [5, 6, 7]), abs=TOLERANCE)
    assert len(tops) == VOCABULARY
    trained = [models.logprobs(ADAPTERS[0], _prompts(1)[0], [token])[0] for token in (0, 200, VOCABULARY - 1)]
    assert [tops[0], tops[200], tops[VOCABULARY - 1]] == pytest.approx(trained, abs=TOLERANCE)
    assert max(tops, key=tops.__getitem__) == answer.token_ids[0]


def test_a_chat_is_streamed_in_pieces(engine: Engine) -> None:
    async def chat() -> tuple[list[str], str]:
        async with engine.endpoint(ADAPTERS[0]) as endpoint:
            messages = [{"role": "user", "content": "where is my parcel?"}]
            pieces = [piece async for piece in endpoint.stream_chat(messages, max_tokens=12)]
            return pieces, (await endpoint.chat(messages, max_tokens=12)).text

    pieces, whole = asyncio.run(chat())
    assert len(pieces) > 1
    assert "".join(pieces) == whole


def test_a_first_load_compares_what_is_served_with_what_was_trained(engine: Engine, models: Models) -> None:
    engine.unload(ADAPTERS[0])
    assert engine.adapters() == [ADAPTERS[1]]
    result = engine.load(models.adapters[ADAPTERS[0]], ADAPTERS[0])
    assert result is not None
    assert result.was_compared
    print(f"probe: base {result.base:.2g}, adapter {result.adapter:.2g}, effect {result.effect:.2g} (nats)")
    assert max(result.base, result.adapter) < TOLERANCE < result.effect
    assert sorted(status(engine.state_folder).adapters) == engine.adapters() == list(ADAPTERS)


def _refusal(engine: Engine, folder: Path, name: str = "refused@1") -> VibetuneError:
    with pytest.raises(VibetuneError) as error:
        engine.load(folder, name)
    assert name not in engine.adapters() or name in ADAPTERS
    return error.value


def test_what_is_not_served_as_it_was_trained_is_refused_and_taken_out(
    engine: Engine, models: Models, tmp_path: Path
) -> None:
    nothing = make_tiny_adapter(models.base, tmp_path / "nothing", seed=3, scale=0.0)
    assert _refusal(engine, nothing).code == "adapter.equals_base"
    trained = models.adapters[ADAPTERS[0]]
    shutil.copy(trained / PROBE_FILE, nothing)
    silent = _refusal(engine, nothing)
    assert silent.code == "adapter.equals_base"
    assert "though trained it does" in silent.message

    other = make_tiny_adapter(models.base, tmp_path / "other", seed=4)
    shutil.copy(trained / PROBE_FILE, other)
    assert _refusal(engine, other).code == "adapter.parity"
    probe = json.loads((trained / PROBE_FILE).read_text())
    for case in probe["cases"]:
        case["base_logprobs"] = [value - 0.01 for value in case["base_logprobs"]]
    (other / PROBE_FILE).write_text(json.dumps(probe))
    assert _refusal(engine, other).code == "adapter.wrong_base"
    assert _refusal(engine, other, ADAPTERS[0]).code == "adapter.name_taken"
    assert _refusal(engine, other, "base").code == "adapter.name_taken"


def test_changed_files_are_not_answered_from_the_cache_of_the_old_ones(
    engine: Engine, models: Models, tmp_path: Path
) -> None:
    prompt = _prompts(8)[0] * 3  # longer than a block of the prefix cache

    async def ask() -> list[float]:
        async with engine.endpoint("moving") as endpoint:
            return (await endpoint.complete(prompt, max_tokens=4, logprobs=True)).logprobs

    folder = make_tiny_adapter(models.base, tmp_path / "moving", seed=5)
    engine.load(folder, "moving")
    before = asyncio.run(ask())
    engine.unload("moving")
    make_tiny_adapter(models.base, folder, seed=6)
    engine.load(folder, "moving")
    after = asyncio.run(ask())
    engine.unload("moving")
    make_tiny_adapter(models.base, tmp_path / "fresh", seed=6)
    engine.load(tmp_path / "fresh", "moving")
    assert after == pytest.approx(asyncio.run(ask()), abs=TOLERANCE)
    assert after != pytest.approx(before, abs=TOLERANCE)
    engine.unload("moving")


def test_a_killed_engine_is_found_fallen_and_is_ready_again_with_its_adapters(engine: Engine) -> None:
    fallen = engine.record
    assert fallen.pid is not None
    os.kill(fallen.pid, signal.SIGKILL)
    _until(lambda: not members(fallen), 5)
    assert status(engine.state_folder).state == "Errored"
    assert find_engine(engine.state_folder) is None
    engine.ensure_ready()
    assert engine.record.id != fallen.id
    assert engine.port == fallen.port
    assert engine.adapters() == list(ADAPTERS)
    assert status(engine.state_folder).state == "Ready"


def test_a_supervised_engine_whose_worker_is_killed_comes_back(engine: Engine) -> None:
    end, events, fallen = threading.Event(), list[StageEvent](), engine.record
    keeper = threading.Thread(target=supervise, args=(engine, end.is_set), kwargs={"on_stage": events.append})
    keeper.start()
    worker = next(process for process in members(fallen) if "Worker" in process.name())
    worker.kill()
    _until(lambda: any(event.state == "Ready" for event in events))
    end.set()
    keeper.join()
    assert "starting again: The engine has ended: one of its processes was killed" in events[0].text
    assert engine.record.id != fallen.id
    assert engine.adapters() == list(ADAPTERS)
    assert members(fallen) == []


def test_a_stop_in_the_middle_of_a_start_ends_it(models: Models, state: Path) -> None:
    starting = start_engine(_deployment(models, "interrupted"), state, wait=False)
    _until(lambda: "importing vLLM" in starting.files.log.read_text(), 10)
    errors: list[VibetuneError] = []

    def wait() -> None:
        try:
            starting.wait_ready()
        except VibetuneError as error:
            errors.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    found = find_engine(state, "interrupted")
    assert found is not None
    found.stop()
    waiter.join(10)
    assert [error.code for error in errors] == ["engine.stopped"]
    assert members(starting.record) == []
    assert status(state, "interrupted").state == "Stopped"


def test_an_adapter_that_somebody_loads_while_the_engine_starts_is_not_forgotten(models: Models, state: Path) -> None:
    first, second = ADAPTERS
    wished = _deployment(models, "shared")
    wished = wished.model_copy(update={"adapters": [entry for entry in wished.adapters if entry.name == first]})
    starting = start_engine(wished, state, wait=False)
    other = find_engine(state, "shared")
    assert other is not None
    _until(other.is_healthy)
    other.load(models.adapters[second], second)
    starting.wait_ready()
    assert status(state, "shared").adapters == [first, second]
    starting.stop()


def test_a_stop_leaves_neither_a_process_nor_the_port_and_no_supervisor_undoes_it(engine: Engine) -> None:
    found = find_engine(engine.state_folder)
    assert found is not None
    keeper = threading.Thread(target=supervise, args=(found, lambda: False))
    keeper.start()
    other = find_engine(engine.state_folder)
    assert other is not None
    everybody = members(other.record)
    assert len(everybody) >= 3
    stopped = other.stop()
    print(f"stopped in {stopped.seconds:.2f} s")
    keeper.join(10)
    assert not keeper.is_alive()
    assert stopped.killed == []
    _nothing_is_left(engine, everybody)


def _nothing_is_left(engine: Engine, everybody: list[psutil.Process]) -> None:
    assert members(engine.record) == []
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in everybody)
    assert is_free(engine.port)
    assert find_engine(engine.state_folder) is None
    assert status(engine.state_folder).state == "Stopped"
    engine.stop()


def test_what_can_not_start_is_refused_at_once_with_the_numbers(models: Models, tmp_path: Path) -> None:
    state = tmp_path / ".vibetune"
    with pytest.raises(Failed) as memory:
        start_engine(_deployment(models, kv_cache_mib=10_000_000), state)
    assert memory.value.code == "engine.no_memory"
    assert "10,000,000" in memory.value.message
    with pytest.raises(BadInput) as context:
        start_engine(_deployment(models, max_model_len=4000), state)
    assert context.value.code == "engine.context"
    assert find_engine(state) is None


def test_a_failed_start_says_why_and_leaves_nothing(models: Models, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(models.base, base)
    (base / "tokenizer.json").unlink()
    deployment = Deployment(base="base", base_folder=str(base), settings=SLOTS)
    with pytest.raises(BadInput) as error:
        start_engine(deployment, tmp_path / ".vibetune")
    assert error.value.code == "engine.no_tokenizer"
    assert "tokenizer" in error.value.details["evidence"]
    assert status(tmp_path / ".vibetune").state == "Errored"
    assert find_engine(tmp_path / ".vibetune") is None
