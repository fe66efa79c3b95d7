"""Names and shapes of the tensors in safetensors files, from their headers: no weight is read, no torch is loaded."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from pipeline.errors import BadInput

LARGEST_HEADER = 100_000_000  # bytes; source: safetensors' own limit

Shapes = dict[str, tuple[int, ...]]


def tensor_shapes(path: Path) -> Shapes:
    """Shapes by tensor name, of one file or of all `*.safetensors` in a folder.

    Raises:
        BadInput: `safetensors.broken`: a file is not in this format, or is cut off.
    """
    files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    shapes: Shapes = {}
    for file in files:
        shapes |= _header(file)
    return shapes


def _header(file: Path) -> Shapes:
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > LARGEST_HEADER:
                raise ValueError(f"header of {length} bytes")
            header = json.loads(stream.read(length))
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
        if file.stat().st_size < 8 + length + end:
            raise ValueError(f"{file.stat().st_size} bytes in place of {8 + length + end}")
        return {name: tuple(entry["shape"]) for name, entry in tensors.items()}
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        text = f"{file} is not a whole safetensors file: {error}."
        raise BadInput("safetensors.broken", text, "Download or train it again.") from error
