"""The engine's settings: few, with defaults that depend on the device and on the base's size."""

from __future__ import annotations

import os
from typing import Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import BadInput, Failed
from serving.engine.base import ServedBase
from serving.engine.machine import Device, available_memory, engine_device

MIB = 2**20
CPU_HEAD_SIZES = (32, 64, 80, 96, 112, 128, 160, 192, 224, 256, 512)  # source: vllm 0.32 backends/cpu_attn.py
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # source: vllm 0.32 config/lora.py MaxLoRARanks
SMALL_BASE = 100_000_000  # weights; below, a second thread spins longer than it computes (measured at 5 M)
LEAST_KV_CACHE = 128 * MIB  # source: measured; 2,048 tokens need 16 MiB in a base of 5 M weights
CACHED_TOKENS = 8192
LONGEST_ON_CPU = 4096  # tokens; a longer context on a CPU costs gigabytes of cache that nobody waits for
PROCESS_MEMORY = 1536 * MIB  # Python, torch and vLLM in three processes; source: 950 MiB measured, and room


class EngineSettings(BaseModel):
    """What a deployment may choose; null leaves the choice to the device and the base."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int = Field(0, ge=0, le=65535, description="on 127.0.0.1; 0 takes a free one")
    max_loras: int = Field(8, ge=1, le=64, description="adapters that can answer in the same batch")
    max_lora_rank: int = Field(64, ge=1, le=512, description="largest rank; rounded up to what vLLM takes")
    max_cpu_loras: int | None = Field(None, ge=1, description="adapters held in memory; null: twice max_loras")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = Field(
        None, description="null: float32 on a CPU (what adapters are trained in), the base's own on a GPU"
    )
    max_model_len: int | None = Field(None, ge=1, description="tokens of a prompt and its answer")
    kv_cache_mib: int | None = Field(None, ge=1, description="MiB for keys and values; null: computed")
    max_num_seqs: int = Field(32, ge=1, description="requests in one batch")
    max_num_batched_tokens: int = Field(2048, ge=1, description="tokens in one step")
    threads: int | None = Field(None, ge=1, description="CPU threads for products; null: by the base's size")
    gpu_memory_utilization: float = Field(0.85, gt=0, le=1, description="share of the GPU's memory")
    niceness: int = Field(5, ge=0, le=19, description="19 gives way to everything else; 5: to the window")
    python: str | None = Field(None, description="interpreter that has vLLM; null: this one")
    ready_timeout_s: float = Field(600, gt=0, description="seconds until the engine must answer")


class ResolvedSettings(BaseModel):
    """Settings without open choices, for one base on one device."""

    model_config = ConfigDict(frozen=True)

    device: Device
    dtype: str
    max_loras: int
    max_lora_rank: int
    max_cpu_loras: int
    max_model_len: int
    kv_cache_bytes: int
    max_num_seqs: int
    max_num_batched_tokens: int
    threads: int
    gpu_memory_utilization: float

    @property
    def bytes_per_value(self) -> int:
        """Bytes of one weight or cached value."""
        return 4 if self.dtype == "float32" else 2


def resolve(settings: EngineSettings, base: ServedBase) -> ResolvedSettings:
    """Fills what the settings leave open."""
    device = engine_device()
    dtype = settings.dtype or ("float32" if device == "cpu" else "auto")
    length = settings.max_model_len or (min(base.context, LONGEST_ON_CPU) if device == "cpu" else base.context)
    cache = (settings.kv_cache_mib or 0) * MIB or _cache_bytes(base, length, 4 if dtype == "float32" else 2)
    cores = os.cpu_count() or 1
    return ResolvedSettings(
        device=device,
        dtype=dtype,
        max_loras=settings.max_loras,
        max_lora_rank=min(rank for rank in RANKS if rank >= settings.max_lora_rank),
        max_cpu_loras=max(settings.max_cpu_loras or 2 * settings.max_loras, settings.max_loras),
        max_model_len=length,
        kv_cache_bytes=cache,
        max_num_seqs=settings.max_num_seqs,
        max_num_batched_tokens=max(settings.max_num_batched_tokens, settings.max_num_seqs),
        threads=settings.threads or (1 if base.params < SMALL_BASE else max(1, cores - 1)),
        gpu_memory_utilization=settings.gpu_memory_utilization,
    )


def _cache_bytes(base: ServedBase, length: int, bytes_per_value: int) -> int:
    tokens = max(CACHED_TOKENS, 2 * length)
    return max(LEAST_KV_CACHE, tokens * base.kv_values_per_token * bytes_per_value)


def memory_needed(settings: ResolvedSettings, base: ServedBase) -> dict[str, int]:
    """Bytes of main memory that the engine will hold, by what for."""
    if settings.device == "cuda":
        return {"process": 2 * PROCESS_MEMORY}
    slots = 2 * settings.max_loras + settings.max_cpu_loras  # the guard keeps a trimmed copy of half of each slot
    return {
        "weights": base.params * settings.bytes_per_value,
        "adapters": base.adapter_values_per_rank * settings.max_lora_rank * slots * settings.bytes_per_value,
        "kv_cache": settings.kv_cache_bytes,
        "process": PROCESS_MEMORY,
    }


def check_memory(settings: ResolvedSettings, base: ServedBase) -> None:
    """Refuses to start what the machine can't hold, before minutes pass and something else is killed for it.

    Raises:
        Failed: `engine.no_memory`, with the numbers.
    """
    needed = memory_needed(settings, base)
    total, available = sum(needed.values()), available_memory()
    if total > available:
        parts = ", ".join(f"{name.replace('_', ' ')} {size / MIB:,.0f}" for name, size in needed.items())
        raise Failed(
            "engine.no_memory",
            f"Serving {base.id} takes {total / MIB:,.0f} MiB of memory ({parts}); {available / MIB:,.0f} are free of "
            f"{psutil.virtual_memory().total / MIB:,.0f}.",
            "Close other programs, choose a smaller base, or set a smaller max_model_len or kv_cache_mib.",
            needed=needed,
            available=available,
        )


def check_base(settings: ResolvedSettings, base: ServedBase) -> None:
    """Refuses what vLLM would only notice after it has started, or at the first request.

    Raises:
        BadInput: `engine.context`, `engine.head_size`.
    """
    if settings.device == "cpu" and base.head_size not in CPU_HEAD_SIZES:
        sizes = ", ".join(map(str, CPU_HEAD_SIZES))
        text = f"{base.id} has a head size of {base.head_size}; vLLM's attention on the CPU takes {sizes}."
        raise BadInput("engine.head_size", text, "Choose another base, or serve it with a GPU.")
    if settings.max_model_len > base.context:
        text = f"max_model_len is {settings.max_model_len} tokens; {base.id} was made for {base.context}."
        raise BadInput("engine.context", text, f"Set max_model_len to {base.context} or less.")
