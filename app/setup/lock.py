"""Resolves pyproject.toml into `locks/cpu.txt` and `locks/cuda.txt` again, with hashes; needs uv and the network."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

if __package__:
    from app.setup.install import LOCKS, ROOT, cpu_sources
    from app.setup.stubs import STUBS
else:
    from install import LOCKS, ROOT, cpu_sources  # type: ignore[import-not-found,no-redef]
    from stubs import STUBS  # type: ignore[import-not-found,no-redef]

PLATFORM = "x86_64-manylinux_2_34"


def lock(chosen: str, temporary: Path) -> None:
    command = ["uv", "pip", "compile", str(ROOT / "pyproject.toml"), "--extra", chosen, "--extra", "dev"]
    command += [
        "--python-version",
        "3.11",
        "--python-platform",
        PLATFORM,
        "--generate-hashes",
        "--no-header",
        "--quiet",
    ]
    environment = dict(os.environ)
    if chosen == "cpu":
        # torch and the stand-ins come from elsewhere on every machine: install.py names them, the lock leaves them out.
        sources = cpu_sources(temporary)
        pins = [source for source in sources if "==" in source]
        constraints = temporary / "constraints.txt"
        constraints.write_text("\n".join(pins))
        command += [source for source in sources if "==" not in source] + ["--constraint", str(constraints)]
        for name in ["torch", *STUBS]:
            command += ["--no-emit-package", name]
    else:
        environment.pop("PIP_FIND_LINKS", None)
    subprocess.run([*command, "--output-file", str(LOCKS / f"{chosen}.txt")], check=True, env=environment, cwd=ROOT)


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        for chosen in ("cpu", "cuda"):
            lock(chosen, Path(temporary))
    return 0


if __name__ == "__main__":
    sys.exit(main())
