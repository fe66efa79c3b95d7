"""A base's tokenizer, without its model."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.bases.base import Base

if TYPE_CHECKING:
    from tokenizers import Tokenizer

KEPT = 2  # a vocabulary of 150,000 takes most of a second and some 100 MB


def base_tokenizer(base: Base) -> Tokenizer:
    """The tokenizer, which neither cuts nor pads; shared by all who ask for it, so nobody may change it."""
    path = base.folder / "tokenizer.json"
    return _loaded(path, path.stat().st_mtime_ns)


@lru_cache(KEPT)
def _loaded(path: Path, _modified: int) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
