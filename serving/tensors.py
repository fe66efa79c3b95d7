"""Names and shapes of the tensors in safetensors files, from their headers: no weight is read, no torch is loaded."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import BadInput
from pipeline.safetensors_header import read_header

Shapes = dict[str, tuple[int, ...]]


def tensor_shapes(path: Path) -> Shapes:
    """Shapes by tensor name, of one file or of all `*.safetensors` in a folder.

    Raises:
        BadInput: `safetensors.broken`: a file is not in this format, or is cut off.
    """
    files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    shapes: Shapes = {}
    for file in files:
        try:
            shapes |= {name: tuple(entry["shape"]) for name, entry in read_header(file).items()}
        except ValueError as error:
            text = f"{file} is not a whole safetensors file: {error}."
            raise BadInput("safetensors.broken", text, "Download or train it again.") from error
    return shapes
