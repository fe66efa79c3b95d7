"""Deployment files, settings, command line, log: all that an engine is before and beside its process."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pipeline.errors import BadInput
from serving.deployments import (
    AdapterEntry,
    Deployment,
    DeploymentFiles,
    DeploymentState,
    deployment_names,
    from_project,
    in_project,
    read_deployment,
    read_state,
    write_deployment,
    write_state,
)
from serving.engine.base import ServedBase
from serving.engine.causes import CAUSES, explain
from serving.engine.command import command, environment
from serving.engine.engine import status
from serving.engine.ports import choose_port, is_free
from serving.engine.progress import STEPS, LogSteps
from serving.engine.settings import MIB, EngineSettings, ResolvedSettings, check_base, memory_needed, resolve
from tests.support.tiny_model import CONTEXT, make_tiny_base


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ServedBase:
    return ServedBase("tiny", make_tiny_base(tmp_path_factory.mktemp("base")))


def test_a_deployment_survives_its_file_and_names_folders_inside_the_project(tmp_path: Path) -> None:
    state = tmp_path / ".vibetune"
    adapter = state / "adapters" / "triage" / "1"
    entry = AdapterEntry(name="triage@1", folder=from_project(state, adapter))
    assert entry.folder == ".vibetune/adapters/triage/1"
    assert in_project(state, entry.folder) == adapter.resolve()
    elsewhere = from_project(state, Path("/elsewhere/base"))
    deployment = Deployment(name="desk", base="pocket", base_folder=elsewhere, settings=EngineSettings(max_loras=2))
    deployment = deployment.with_adapter(entry).with_adapter(entry)
    write_deployment(state, deployment)
    assert read_deployment(state, "desk") == deployment
    assert len(deployment.adapters) == 1
    text = DeploymentFiles(state, "desk").intent.read_text()
    assert "max_loras: 2" in text
    assert "max_lora_rank" not in text
    assert deployment_names(state) == ["desk"]
    assert deployment.without_adapter("triage@1").adapters == []


def test_a_missing_and_a_wrong_deployment_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as missing:
        read_deployment(tmp_path, "desk")
    assert missing.value.code == "deployment.missing"
    path = DeploymentFiles(tmp_path, "desk").intent
    path.parent.mkdir(parents=True)
    for text in ("version: 1\nbase: x\n", "a: [", "version: 1\nbase: x\nbase_folder: x\nsettings: {max_lora: 3}\n"):
        path.write_text(text)
        with pytest.raises(BadInput) as broken:
            read_deployment(tmp_path, "desk")
        assert broken.value.code == "deployment.broken"
        assert str(path) in broken.value.message


def test_a_state_without_a_process_is_an_error_not_ready(tmp_path: Path) -> None:
    files = DeploymentFiles(tmp_path, "desk")
    assert read_state(files).state == "Stopped"
    write_state(files, DeploymentState(state="Ready", url="http://127.0.0.1:1"))
    assert read_state(files).state == "Ready"
    now = status(tmp_path, "desk")
    assert now.state == "Errored"
    assert now.error is not None
    assert now.error["code"] == "engine.killed"
    write_state(files, DeploymentState(state="Stopped"))
    assert status(tmp_path, "desk").state == "Stopped"


def test_settings_are_resolved_for_the_base(base: ServedBase) -> None:
    resolved = resolve(EngineSettings(max_lora_rank=20), base)
    assert resolved.max_lora_rank == 32
    assert resolved.max_model_len == CONTEXT
    assert resolved.threads == 1
    assert resolved.max_cpu_loras == 16
    assert resolve(EngineSettings(max_cpu_loras=2), base).max_cpu_loras == 8
    assert resolve(EngineSettings(kv_cache_mib=7), base).kv_cache_bytes == 7 * MIB


def test_memory_counts_weights_cache_adapters_and_process(base: ServedBase) -> None:
    resolved = _on_cpu(resolve(EngineSettings(max_loras=2, max_lora_rank=16, max_cpu_loras=2), base))
    needed = memory_needed(resolved, base)
    assert needed["weights"] == base.params * 4
    assert needed["adapters"] == base.adapter_values_per_rank * 16 * 6 * 4
    assert needed["kv_cache"] == resolved.kv_cache_bytes
    assert set(needed) == {"weights", "adapters", "kv_cache", "process"}


def test_a_head_size_that_the_cpu_can_not_take_is_refused_before_the_start(base: ServedBase, tmp_path: Path) -> None:
    odd = ServedBase("odd", base.folder)
    odd.__dict__["config"] = base.config | {"head_dim": 40}
    with pytest.raises(BadInput) as error:
        check_base(_on_cpu(resolve(EngineSettings(), odd)), odd)
    assert error.value.code == "engine.head_size"
    assert "40" in error.value.message


def _on_cpu(settings: ResolvedSettings) -> ResolvedSettings:
    return settings.model_copy(update={"device": "cpu", "dtype": "float32"})


def test_the_key_is_in_the_environment_and_not_on_the_command_line(base: ServedBase) -> None:
    settings = _on_cpu(resolve(EngineSettings(), base))
    variables, line = environment(settings, "sesame"), command(settings, base, 4711)
    assert variables["VLLM_API_KEY"] == "sesame"
    assert not any("sesame" in part for part in line)
    assert line[1:4] == ["-P", "-m", "serving.engine.launcher"]
    assert line[line.index("--host") + 1] == "127.0.0.1"
    assert line[line.index("--port") + 1] == "4711"
    assert line[line.index("--lora-target-modules") + 1 :] == sorted({*base.linear_layers, "embed_tokens"})
    for silenced in ("VLLM_NO_USAGE_STATS", "DO_NOT_TRACK", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        assert variables[silenced] == "1"


def test_a_port_in_use_is_told_with_who_has_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(BadInput) as error:
            choose_port(port)
    assert error.value.code == "engine.port_in_use"
    assert str(port) in error.value.message
    assert is_free(port)
    assert choose_port(port) == port
    assert choose_port() > 0


def test_steps_are_told_once_and_in_order_however_the_log_grows(tmp_path: Path) -> None:
    log = tmp_path / "log"
    steps = LogSteps(log)
    assert steps.new() == []
    log.write_text("noise\nvibetune: importing v")
    assert steps.new() == []
    with log.open("a") as file:
        file.write("LLM\nvibetune: vLLM is imported\nLoading weights took 0.1 s\n")
    assert steps.new() == [STEPS[0][1], STEPS[1][1], STEPS[3][1]]
    with log.open("a") as file:
        file.write("vibetune: importing vLLM\nStarting vLLM server on x\n")
    assert steps.new() == [STEPS[5][1]]


PREFIX = "(EngineCore pid=1) ERROR 11-24 11:57:32 [core.py:1510] "
FAILURES = {
    "OSError: [Errno 98] Address already in use": "engine.port_in_use",
    "OSError: [Errno 28] No space left on device": "disk.full",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 MiB": "engine.no_gpu_memory",
    "RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory": "engine.no_memory",
    "ValueError: To serve at least one request, 3 GiB KV cache is needed, which is larger than the available KV cache "
    "memory": "engine.small_cache",
    "Value error, Model architectures ['NopeForCausalLM'] are not supported for now.": "engine.architecture",
    "ValueError: NopeForCausalLM does not support LoRA yet.": "engine.no_lora",
    "ValueError: LoRA rank 64 is greater than max_lora_rank 16.": "adapter.rank",
    "FileNotFoundError: [Errno 2] No such file or directory: 'x/config.json'": "engine.missing_file",
    "ValueError: Couldn't instantiate the backend tokenizer from one of:": "engine.no_tokenizer",
    "safetensors_rust.SafetensorError: Error while deserializing header": "safetensors.broken",
    "Worker proc VllmWorker-0 died unexpectedly (exit code: -9), shutting down executor.": "engine.killed",
    "ModuleNotFoundError: No module named 'vllm'": "engine.not_installed",
    "launcher: error: unrecognized arguments: --max-loras": "engine.unknown_vllm",
}


@pytest.mark.parametrize(("line", "code"), FAILURES.items())
def test_known_failures_have_a_code_their_evidence_and_what_to_do(tmp_path: Path, line: str, code: str) -> None:
    log = tmp_path / "log"
    log.write_text(f"vibetune: importing vLLM\n{PREFIX}{line}\n{PREFIX}RuntimeError: Engine core failed.\n")
    error = explain(log)
    assert error.code == code
    assert error.details["evidence"] == line[:300]
    assert error.hint


def test_every_known_cause_is_tested() -> None:
    assert {cause.code for cause in CAUSES} == set(FAILURES.values())
    assert len(CAUSES) == len(FAILURES)


def test_unknown_failures_show_their_first_error_and_silence_means_a_kill(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("WARNING: limits can cause errors like `OSError: too many files`.\n")
    assert explain(log).code == "engine.killed"
    assert "SIGKILL" in explain(log, exit_code=-9).message
    log.write_text(f"{PREFIX}ValueError: the root\n{PREFIX}RuntimeError: the consequence\n")
    assert explain(log).code == "engine.failed"
    assert "ValueError: the root" in explain(log).message
    assert explain(tmp_path / "none").code == "engine.killed"
