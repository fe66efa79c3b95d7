"""Why an engine ended, in plain words, from what it wrote before it did."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import BadInput, Failed, VibetuneError

TAIL_BYTES = 200_000
SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Cause:
    """A known failure: what it looks like, and what it means."""

    pattern: str
    code: str
    text: str
    hint: str
    is_input: bool = False  # the user's choice is the cause, not the machine's state


# The first that matches counts: root causes stand before their consequences.
CAUSES = (
    Cause(
        r"Address already in use|address already in use",
        "engine.port_in_use",
        "its port was taken by another program meanwhile",
        "Choose another port, or 0 for a free one.",
        is_input=True,
    ),
    Cause(
        r"No space left on device|Disk quota exceeded",
        "disk.full",
        "a disk is full",
        "Free some space (also in /tmp and /dev/shm), then start again.",
    ),
    Cause(
        r"CUDA out of memory|OutOfMemoryError|No available memory for the cache blocks|less than desired GPU memory",
        "engine.no_gpu_memory",
        "the GPU has not enough free memory",
        "End other programs on the GPU, choose a smaller base, or set a smaller max_model_len or max_loras.",
    ),
    Cause(
        r"Cannot allocate memory|MemoryError|DefaultCPUAllocator: can't allocate|less than requested memory for kv",
        "engine.no_memory",
        "the machine has not enough free memory",
        "Close other programs, choose a smaller base, or set a smaller kv_cache_mib.",
    ),
    Cause(
        r"larger than the available KV cache memory|max seq len .* is larger than the maximum number of tokens",
        "engine.small_cache",
        "one request of the longest length does not fit into the KV cache",
        "Set a smaller max_model_len or a larger kv_cache_mib.",
        is_input=True,
    ),
    Cause(
        r"Model architectures .* (are not supported|failed to be inspected)|does not recognize this architecture",
        "engine.architecture",
        "vLLM doesn't know this base's architecture",
        "Choose another base, of a family that vLLM serves: Llama, Qwen, Mistral, Gemma, Phi …",
        is_input=True,
    ),
    Cause(
        r"does not support LoRA|LoRA is not supported|doesn't support LoRA",
        "engine.no_lora",
        "vLLM can't serve adapters on this base's architecture",
        "Choose another base.",
        is_input=True,
    ),
    Cause(
        r"LoRA rank \d+ is greater than max_lora_rank",
        "adapter.rank",
        "an adapter's rank is over max_lora_rank",
        "Set a larger max_lora_rank.",
        is_input=True,
    ),
    Cause(
        r"FileNotFoundError|No such file or directory|not appear to have a file named|Cannot find any model weights",
        "engine.missing_file",
        "a file is missing",
        "Download the base again.",
        is_input=True,
    ),
    Cause(
        r"Couldn't instantiate the backend tokenizer|Can't load tokenizer",
        "engine.no_tokenizer",
        "the base's folder lacks its tokenizer",
        "Download the base again, with tokenizer.json and tokenizer_config.json.",
        is_input=True,
    ),
    Cause(
        r"SafetensorError|InvalidHeaderDeserialization|MetadataIncompleteBuffer",
        "safetensors.broken",
        "a weight file is broken or cut off",
        "Download it again.",
        is_input=True,
    ),
    Cause(
        r"Worker proc .* died unexpectedly|exit code: -9\b",
        "engine.killed",
        "one of its processes was killed (signal 9), most often by the system for want of memory",
        "Close other programs or choose a smaller base; `dmesg` names what the system killed.",
    ),
    Cause(
        r"No module named '?(vllm|serving|torch)\b",
        "engine.not_installed",
        "its Python lacks a package",
        "Install everything with `make setup`, or correct engine_python.",
    ),
    Cause(
        r"unrecognized arguments|invalid choice:|error: argument ",
        "engine.unknown_vllm",
        "this vLLM takes other arguments than ours",
        "Install the locked version: `make setup`.",
    ),
)
# Of a child that ended without saying why; only a kill does that.
SILENT_CHILD = re.compile(r"WorkerProc initialization failed|Engine core initialization failed")
FAILURE = re.compile(r"(?:[A-Za-z_]+\.)*[A-Za-z_]*(?:Error|Exception): .+")


def explain(log: Path, *, exit_code: int | None = None, did_not_start: bool = True) -> VibetuneError:
    """The error that fits an engine's end.

    Args:
        log: of the engine.
        exit_code: of its first process, where known; negative for a signal.
        did_not_start: it was never ready.
    """
    lines = _tail(log)
    what = "The engine could not start" if did_not_start else "The engine has ended"
    for cause in CAUSES:
        evidence = next((line for line in lines if re.search(cause.pattern, line)), None)
        if evidence is not None:
            kind = BadInput if cause.is_input else Failed
            return kind(cause.code, f"{what}: {cause.text}.", cause.hint, evidence=_shown(evidence), log=str(log))
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = "If nobody did that, the system did for want of memory; see `dmesg`."
        return Failed("engine.killed", f"{what}: it was ended by {name}.", hint, log=str(log))
    first = next((line for line in map(_shown, lines) if FAILURE.match(line)), None)
    if first is None or SILENT_CHILD.search(first):
        hint = "If nobody did that, the system did for want of memory; see `dmesg`."
        return Failed("engine.killed", f"{what}: one of its processes was killed.", hint, evidence=first, log=str(log))
    return Failed("engine.failed", f"{what}: {first}", f"See {log}.", evidence=first, log=str(log))


def _tail(log: Path) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _shown(line: str) -> str:
    """A log line without vLLM's prefix of process, time and place."""
    return re.sub(r"^\(.*?\)\s+[A-Z]+ [\d-]+ [\d:]+ \[[^]]*\]\s*", "", line).strip()[:SHOWN_CHARACTERS]
