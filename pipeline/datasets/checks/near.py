"""Near duplicates: candidates by MinHash (rensa), each verified by the exact Jaccard similarity of its n-grams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.datasets.cell import folded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grams = NDArray[np.uint64]

# From the near pairs of banking77: at 0.8 a question and its rewording, which belong in one split but are no copies;
# from 0.9 on the same sentence with a word more, or two words swapped.
GROUPED = 0.8
COPIED = 0.9
TEMPLATED = 0.95
_BANDS, _ROWS_OF_BAND = 21, 6  # a pair at 0.8 is missed in 1 of 600 cases; 1 of 60 at 0.3 is compared in vain
_SEED = 20_251
_SHORT_CHARACTERS = 2_000
_SHORT_GRAM, _LONG_GRAM = 3, 12  # in long texts of one language most 3-grams of characters are shared
_MULTIPLIER = 0x9E3779B97F4A7C15  # odd: 2^64 / golden ratio
_LARGEST_GROUP_SHARE, _LARGEST_GROUP = 0.05, 20
_COMPARED_IN_BUCKET = 30


class NearGroups:
    """Groups of texts that are nearly alike, in a fixed collection.

    Texts are compared without case and punctuation, by their character n-grams. Where more than a twentieth of all
    texts (and more than 20) hang together, they share a template rather than a content: there only texts that are
    alike at 0.95 count, so that a set of questions about numbers is not taken for one question.

    Args:
        texts: the collection.
        is_exact: whether only texts that are the same without case and punctuation are alike.

    Attributes:
        group_of: for each text, the first text of its group.
    """

    def __init__(self, texts: Sequence[str], *, is_exact: bool = False) -> None:
        self._texts = [folded(text) for text in texts]
        first_of: dict[str, int] = {}
        self._same = [first_of.setdefault(text, index) for index, text in enumerate(self._texts)]
        distinct = [] if is_exact else list(first_of.values())
        self._grams: dict[int, Grams] = dict(zip(distinct, _all_grams([self._texts[i] for i in distinct]), strict=True))
        self._templated: set[int] = set()
        self.group_of: list[int] = self._groups(distinct)

    def is_copy(self, first: int, second: int) -> bool:
        """Whether two texts say the same in the same words, but for a trifle."""
        first, second = self._same[first], self._same[second]
        threshold = TEMPLATED if first in self._templated else COPIED
        if first == second or not self._grams:
            return first == second
        return jaccard(self._grams[first], self._grams[second]) >= threshold

    def _groups(self, distinct: list[int]) -> list[int]:
        pairs = list(self._pairs(distinct))
        roots = _components(pairs, GROUPED)
        largest = max(_LARGEST_GROUP, int(_LARGEST_GROUP_SHARE * len(self._texts)))
        sizes: dict[int, int] = {}
        for same in self._same:
            root = roots.get(same, same)
            sizes[root] = sizes.get(root, 0) + 1
        self._templated = {index for index, root in roots.items() if sizes[root] > largest}
        strict = [pair for pair in pairs if pair[0] in self._templated]
        loose = [pair for pair in pairs if pair[0] not in self._templated]
        final = {**_components(loose, GROUPED), **_components(strict, TEMPLATED)}
        return [final.get(same, same) for same in self._same]

    def _pairs(self, distinct: list[int]) -> Iterator[tuple[int, int, float]]:
        """Verified pairs, (earlier, later, similarity)."""
        grams = [self._grams[index] for index in distinct]
        sizes = [len(one) for one in grams]
        seen: set[tuple[int, int]] = set()
        for bucket in _buckets(grams):
            for pair in _pairs_of_bucket(bucket):
                low, high = sorted((sizes[pair[0]], sizes[pair[1]]))
                if low < GROUPED * high or pair in seen:
                    continue
                seen.add(pair)
                similarity = jaccard(grams[pair[0]], grams[pair[1]])
                if similarity >= GROUPED:
                    yield distinct[pair[0]], distinct[pair[1]], similarity


def _pairs_of_bucket(bucket: list[int]) -> Iterator[tuple[int, int]]:
    """Each member with those just before it; in a crowd that is enough to hang all copies together."""
    for position, later in enumerate(bucket):
        for earlier in bucket[max(0, position - _COMPARED_IN_BUCKET) : position]:
            yield earlier, later


def jaccard(first: Grams, second: Grams) -> float:
    """Shared share of two sets of n-grams (sorted, without repetitions), 0 to 1."""
    import numpy as np

    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


def _all_grams(texts: list[str]) -> list[Grams]:
    return [_grams(text) for text in texts]


def _grams(text: str) -> Grams:
    """The set of a text's n-grams as sorted 64-bit hashes; 3-grams of short texts are exact, not hashed."""
    import numpy as np

    padded = f" {text} "
    length = _SHORT_GRAM if len(text) <= _SHORT_CHARACTERS else _LONG_GRAM
    codes = np.frombuffer(padded.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    count = max(1, len(codes) - length + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    # 21 bits hold any code point, so that three of them fit into a hash as they are
    factor = np.uint64(1 << 21 if length == _SHORT_GRAM else _MULTIPLIER)
    for offset in range(min(length, len(codes))):
        hashes = hashes * factor + codes[offset : offset + count]
    return np.unique(hashes)


def _buckets(grams: list[Grams]) -> Iterator[list[int]]:
    """Positions of texts that share a band of their MinHash signature, ascending; only buckets of two or more."""
    import numpy as np

    if len(grams) < 2:
        return
    signatures = _signatures(grams)
    for band in range(_BANDS):
        part = np.ascontiguousarray(signatures[:, band * _ROWS_OF_BAND : (band + 1) * _ROWS_OF_BAND])
        keys = part.view(np.dtype((np.void, part.dtype.itemsize * _ROWS_OF_BAND))).ravel()
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], keys[order][1:] != keys[order][:-1], [True]]))
        for bucket in np.flatnonzero(np.diff(starts) > 1):
            yield sorted(order[starts[bucket] : starts[bucket + 1]].tolist())


def _signatures(grams: list[Grams]) -> NDArray[np.uint32]:
    """MinHash signatures, uint32 [texts, bands x rows]."""
    import numpy as np
    from rensa import RMinHash

    offsets = np.concatenate([[0], np.cumsum([len(one) for one in grams])]).astype(np.uint64)
    hashes = np.concatenate(grams) * np.uint64(_MULTIPLIER)  # rensa expects hashes: spread the bits
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, _BANDS * _ROWS_OF_BAND, _SEED)
    return np.array(matrix.to_rows(), dtype=np.uint32)


def _components(pairs: Sequence[tuple[int, int, float]], threshold: float) -> dict[int, int]:
    """Connected components of the pairs at or above a threshold: text → the smallest text of its component."""
    parent: dict[int, int] = {}

    def root(item: int) -> int:
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for first, second, similarity in pairs:
        if similarity >= threshold:
            low, high = sorted((root(first), root(second)))
            parent[high] = low
    return {item: root(item) for item in list(parent)}
