"""Facts about machines: this one, and those that `nvidia-smi` describes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.machine.hub_cache import cached_models, hub_cache
from pipeline.machine.machine import inspect_machine, nvidia_gpus, parse_gpu

SMI = """\
#!/bin/sh
case "$1" in
  --query-gpu*)
    echo 'NVIDIA GeForce RTX 3060, 12288, 11900, 550.54.14, 8.6'
    echo 'NVIDIA L4, 23034, 22000, 550.54.14, 8.9' ;;
  *) echo '| NVIDIA-SMI 550.54.14   Driver Version: 550.54.14   CUDA Version: 12.4 |' ;;
esac
"""


def install_smi(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "nvidia-smi"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_this_machine(tmp_path: Path) -> None:
    machine = inspect_machine(tmp_path / "not" / "there")
    assert machine.cores >= 1
    assert 0 < machine.available_gib <= machine.memory_gib
    assert machine.disk_free_gib > 0
    assert machine.packages["peft"]
    assert machine.python == sys.version.split()[0]


def test_cards_as_nvidia_smi_lists_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_smi(tmp_path, SMI, monkeypatch)
    gpus, cuda = nvidia_gpus()
    assert [(gpu.name, gpu.memory_gib, gpu.compute_capability) for gpu in gpus] == [
        ("NVIDIA GeForce RTX 3060", 12.0, "8.6"),
        ("NVIDIA L4", 22.5, "8.9"),
    ]
    assert cuda == "12.4"
    assert inspect_machine().gpu_memory_gib == 22.5


@pytest.mark.parametrize(
    "script", ["#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n", "#!/bin/sh\necho 'No devices'\n"]
)
def test_a_driver_that_does_not_answer_is_no_card(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_smi(tmp_path, script, monkeypatch)
    assert nvidia_gpus() == ([], None)


def test_unknown_numbers_of_a_card() -> None:
    assert parse_gpu("NVIDIA GB10, [N/A], [N/A], 580.1, 12.1") is None
    card = parse_gpu("Tesla T4, 15360, [N/A], 535.1, 7.5")
    assert card is not None
    assert (card.memory_gib, card.free_gib) == (15.0, 0.0)


def test_cached_models_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert cached_models() == []
    whole = tmp_path / "models--Qwen--Qwen3-0.6B" / "snapshots" / "c0ffee"
    broken = tmp_path / "models--org--broken" / "snapshots" / "c0ffee"
    for folder in (whole, broken):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
    (whole / "model.safetensors").write_bytes(b"")
    assert cached_models() == ["Qwen/Qwen3-0.6B"]


def test_the_cache_is_where_huggingface_hub_has_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    code = "from huggingface_hub.constants import HF_HUB_CACHE; print(HF_HUB_CACHE)"
    theirs = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(theirs.stdout.strip()) == hub_cache() == tmp_path / "hub"
