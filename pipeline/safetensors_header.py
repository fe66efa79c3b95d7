"""The header of a safetensors file: names, types, shapes and places of its tensors. No weight is read."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TypedDict

LARGEST_BYTES = 100_000_000  # source: safetensors' own limit for its header


class TensorEntry(TypedDict):
    """One tensor: type, shape, and its first and last byte after the header."""

    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def read_header(path: Path) -> dict[str, TensorEntry]:
    """Tensors by name. Source: the safetensors format, 8 bytes of length, then JSON, then the weights.

    Raises:
        ValueError: the file is not in this format, or is cut off; says why.
    """
    try:
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            if length > LARGEST_BYTES:
                raise ValueError(f"a header of {length:,} bytes")
            header = json.loads(file.read(length))
        tensors: dict[str, TensorEntry] = {name: header[name] for name in header if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
        if any(not isinstance(entry["shape"], list) for entry in tensors.values()):
            raise ValueError("a tensor without a shape")
    except (struct.error, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if path.stat().st_size != 8 + length + end:
        raise ValueError(f"{path.stat().st_size:,} bytes in place of {8 + length + end:,}")
    return tensors
