"""The weight files of a base: which they are, how many numbers they hold, and their identity. Reads headers only."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from pipeline.errors import BadInput
from pipeline.files import sha256, write_json
from pipeline.safetensors_header import TensorEntry, read_header

_SHA256 = re.compile(r"[0-9a-f]{64}")


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a base, by name.

    Raises:
        BadInput: `base.no_weights`, `base.pickle`.
    """
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(_index(index).values()))
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            text = f"{folder} lacks {', '.join(missing[:3])}, named in {index.name}: it was not downloaded completely."
            raise BadInput("base.no_weights", text, "Download the base again.")
        return tuple(folder / name for name in names)
    files = tuple(sorted(folder.glob("*.safetensors")))
    if not files:
        raise _without_weights(folder)
    return files


def _index(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("base.broken", f"{path} can't be read: {error}.", "Download the base again.") from error
    return {str(tensor): str(file) for tensor, file in content.items()}


def _without_weights(folder: Path) -> BadInput:
    pickles = sorted(path.name for pattern in ("*.bin", "*.pt", "*.pth") for path in folder.glob(pattern))
    if pickles:
        text = f"{folder} holds its weights in {pickles[0]}, a pickle: loading one can run anything on this machine."
        return BadInput("base.pickle", text, "Get the base's *.safetensors files.")
    return BadInput("base.no_weights", f"{folder} holds no *.safetensors file.", "Download the base's weights.")


def count_params(files: Sequence[Path]) -> int:
    """Number of weights in safetensors files.

    Raises:
        BadInput: `base.broken`.
    """
    return sum(math.prod(entry["shape"]) for file in files for entry in _tensors(file).values())


def _tensors(path: Path) -> dict[str, TensorEntry]:
    try:
        return read_header(path)
    except ValueError as error:
        text = f"{path} is no complete safetensors file: {error}."
        raise BadInput("base.broken", text, "Download the base again.") from error


def weights_sha256(files: Sequence[Path]) -> str:
    """Identity of a base's weights: of one file its own hash, of several the hash of names and hashes.

    Hashing some gigabytes takes a while, so results are kept in the user's cache, keyed by place, size and time.
    """
    hashes = [_file_sha256(file) for file in files]
    if len(hashes) == 1:
        return hashes[0]
    lines = [f"{file.name} {digest}\n" for file, digest in zip(files, hashes, strict=True)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    target = path.resolve()
    # In the hub's cache, a large file's name is its hash, checked by the hub's client when it was downloaded.
    if _SHA256.fullmatch(target.name):
        return target.name
    stat = target.stat()
    key = hashlib.sha256(f"{target} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino}".encode()).hexdigest()
    cached = Path(platformdirs.user_cache_dir("vibetune", appauthor=False)) / "weights" / f"{key}.json"
    known = _read_cached(cached)
    if known is None:
        known = sha256(target)
        write_json(cached, {"version": 1, "sha256": known})
    return known


def _read_cached(path: Path) -> str | None:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known if isinstance(known, str) and _SHA256.fullmatch(known) else None
