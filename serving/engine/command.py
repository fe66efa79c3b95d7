"""The engine's command line and environment."""

from __future__ import annotations

import os

from pipeline.processes.detached import module_environment, python_module
from serving.engine.base import EMBEDDING, LLAMA_LAYERS, ServedBase
from serving.engine.guard import KEY_VARIABLE
from serving.engine.machine import intel_openmp
from serving.engine.settings import ResolvedSettings

HOST = "127.0.0.1"
LAUNCHER = "serving.engine.launcher"
GUARD = "serving.engine.guard.RequireKey"

# Nothing leaves the machine: no usage reports, no look-ups on the hub, no search for the machine's own address.
PRIVACY = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "OTEL_SDK_DISABLED": "true",
    "VLLM_HOST_IP": HOST,
}
LOGGING = {
    "NO_COLOR": "1",
    "TQDM_DISABLE": "1",
    "PYTHONUNBUFFERED": "1",
    # Renaming its processes, vLLM would overwrite the environment by which we find them again.
    "SPT_NOENV": "1",
}


def environment(settings: ResolvedSettings, key: str) -> dict[str, str]:
    """Variables that vLLM and its libraries read when they are imported."""
    variables = PRIVACY | LOGGING | module_environment()
    variables |= {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True", KEY_VARIABLE: key, "PYTHONDONTWRITEBYTECODE": ""}
    if settings.device == "cpu":
        variables |= {
            "OMP_NUM_THREADS": str(settings.threads),
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            # vLLM compiles a counting loop at the first request for log-probabilities: 3 s, to save microseconds.
            "TORCHDYNAMO_DISABLE": "1",
        }
        if library := intel_openmp():
            variables["LD_PRELOAD"] = " ".join(filter(None, [str(library), os.environ.get("LD_PRELOAD")]))
    return variables


def command(settings: ResolvedSettings, base: ServedBase, port: int, python: str | None = None) -> list[str]:
    """The launcher with vLLM's arguments."""
    arguments = {
        "--model": str(base.folder),
        "--served-model-name": base.id,
        "--host": HOST,
        "--port": str(port),
        "--middleware": GUARD,
        "--dtype": settings.dtype,
        "--max-model-len": str(settings.max_model_len),
        "--max-num-seqs": str(settings.max_num_seqs),
        "--max-num-batched-tokens": str(settings.max_num_batched_tokens),
        "--max-loras": str(settings.max_loras),
        "--max-lora-rank": str(settings.max_lora_rank),
        "--max-cpu-loras": str(settings.max_cpu_loras),
        "--max-logprobs": "128",  # as many as `Endpoint.next_logprobs` asks for at once
        "--generation-config": "vllm",  # requests decide how tokens are chosen, not a file beside the base
    }
    switches = [
        "--enable-lora",
        "--enable-prefix-caching",
        "--disable-log-stats",
        "--no-enable-log-requests",
        "--disable-uvicorn-access-log",
        "--disable-fastapi-docs",
    ]
    if settings.device == "cpu":
        arguments["--kv-cache-memory-bytes"] = str(settings.kv_cache_bytes)
        # The prefix cache works by whole blocks. With vLLM's 128, choosing labels after one long prompt took 2.5 times
        # the CPU (measured on `pocket`, 450-token prompts); the CPU's attention wants multiples of 32.
        arguments["--block-size"] = "32"
    else:
        arguments["--gpu-memory-utilization"] = str(settings.gpu_memory_utilization)
    options = [text for pair in arguments.items() for text in pair]
    return python_module(LAUNCHER, *options, *switches, *_adapted_layers(base), python=python)


def _adapted_layers(base: ServedBase) -> list[str]:
    """Keeps vLLM from wrapping the head, which costs time in every step and is not served anyway."""
    names = base.linear_layers & LLAMA_LAYERS
    return ["--lora-target-modules", *sorted(names | {EMBEDDING})] if names == base.linear_layers else []
