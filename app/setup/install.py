"""Makes `.venv` with everything Vibetune needs: `python3 app/setup/install.py [--set cpu|cuda] [--force]`.

Standard library only, since it runs before anything is installed. The set is chosen by the machine: `cuda` where an
NVIDIA driver answers, else `cpu`. Every wheel is checked against the hashes in `locks/`, except the CPU build of torch:
it has another source from machine to machine, a folder named by PIP_FIND_LINKS or PyTorch's own index, which uv knows.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

if __package__:
    from app.setup.stubs import STUBS, write_stubs
else:
    from stubs import STUBS, write_stubs  # type: ignore[import-not-found,no-redef]

ROOT = Path(__file__).resolve().parents[2]
LOCKS = Path(__file__).resolve().parent / "locks"
UV = "uv==0.13.9"
TORCH = "torch==2.13.0"
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
NEEDED_BYTES = {
    "cpu": 5 * 2**30,
    "cuda": 14 * 2**30,
}  # source: measured, `du -sh .venv` 3.4 GiB on a CPU; CUDA wheels' sizes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=["cpu", "cuda"], help="which engine to install (default: by this machine)")
    parser.add_argument("--folder", type=Path, default=ROOT / ".venv", help="of the environment")
    parser.add_argument("--force", action="store_true", help="install again even if nothing changed")
    options = parser.parse_args(arguments)
    chosen = options.set or ("cuda" if has_nvidia_gpu() else "cpu")
    problem = refuse(options.folder, chosen)
    if problem:
        print(f"install: {problem}", file=sys.stderr)
        return 2
    stamp = options.folder / "vibetune-installed.txt"
    wanted = fingerprint(chosen)
    if not options.force and stamp.is_file() and stamp.read_text() == wanted:
        return 0
    print(f"Installing the {chosen} set into {options.folder.name} …", file=sys.stderr)
    try:
        install(options.folder, chosen)
    except subprocess.CalledProcessError as error:
        print(
            f"install: step failed with exit code {error.returncode}: {' '.join(map(str, error.cmd[:4]))} …\n"
            "Check the network and the free disk space, then run it again: finished downloads are kept.",
            file=sys.stderr,
        )
        return 1
    stamp.write_text(wanted)
    return 0


def has_nvidia_gpu() -> bool:
    """Whether an NVIDIA driver answers here."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        return subprocess.run([tool, "-L"], capture_output=True, timeout=20, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def refuse(folder: Path, chosen: str) -> str | None:
    """The reason why this machine can't take the set, with what to do; None when it can."""
    version = sys.version_info[:2]
    if not OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        return (
            f"Python {version[0]}.{version[1]} is outside 3.11 to 3.13. "
            "Run it with another one, for example: make PYTHON=python3.11"
        )
    if not sys.platform.startswith("linux"):
        return f"vLLM has no wheels for {sys.platform}. On Windows use WSL 2; on macOS use a Linux machine over SSH."
    place = folder if folder.exists() else folder.parent
    free = shutil.disk_usage(place).free
    if not folder.exists() and free < NEEDED_BYTES[chosen]:
        needed = NEEDED_BYTES[chosen] / 2**30
        return f"{free / 2**30:.1f} GiB are free at {place}; the {chosen} set needs {needed:.0f} GiB."
    return None


def fingerprint(chosen: str) -> str:
    """What the environment depends on; a change means that it is installed again."""
    parts = [LOCKS / f"{chosen}.txt", ROOT / "pyproject.toml", Path(__file__), Path(__file__).with_name("stubs.py")]
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()
    return f"{chosen} {digest} {sys.version.split()[0]}\n"


def install(folder: Path, chosen: str) -> None:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.EnvBuilder(with_pip=True, symlinks=True).create(folder)
    if subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode:
        run(python, "-m", "ensurepip")  # an environment that another tool made
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    with tempfile.TemporaryDirectory() as temporary:
        sources = cpu_sources(Path(temporary)) if chosen == "cpu" else []
        uv_install(python, *sources, "-r", LOCKS / f"{chosen}.txt")
    uv_install(python, "--no-deps", "--editable", ROOT)
    # Machines and containers that set PYTHONDONTWRITEBYTECODE would compile 10 s of imports at each start.
    subprocess.run(
        [python, "-m", "compileall", "-q", "-j", "0", folder / "lib"], check=False, stdout=subprocess.DEVNULL
    )


def cpu_sources(temporary: Path) -> list[str]:
    """Arguments that bring the CPU build of torch, and the empty stand-ins beside it."""
    write_stubs(temporary)
    wanted = [f"{name}=={version}" for name, version in STUBS.items()]
    links = [link for link in os.environ.get("PIP_FIND_LINKS", "").split() if Path(link).is_dir()]
    local = next((link for link in links if list(Path(link).glob(f"{TORCH.replace('==', '-')}+cpu-*.whl"))), None)
    if local:
        return ["--find-links", str(temporary), "--find-links", local, f"{TORCH}+cpu", *wanted]
    return ["--find-links", str(temporary), "--torch-backend", "cpu", f"{TORCH}+cpu", *wanted]


def uv_install(python: Path, *arguments: str | Path) -> None:
    run(python, "-m", "uv", "pip", "install", "--quiet", "--python", python, *arguments)


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
