"""Near duplicates: candidates by MinHash (rensa), each verified by the exact Jaccard similarity of its n-grams."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
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
_HASHES = 126  # of a signature
_MISSED = 0.0125  # chance, at most, that a pair right at the threshold shares no band; at 0.8 it is 1 in 600
_MARGIN = 0.2  # five standard deviations of what equal hashes say of the similarity
_SEED = 20_251
_SHORT_CHARACTERS = 2_000
_SHORT_GRAM, _LONG_GRAM = 3, 12  # in long texts of one language most 3-grams of characters are shared
_MULTIPLIER = 0x9E3779B97F4A7C15  # odd: 2^64 / golden ratio
_LARGEST_GROUP_SHARE, _LARGEST_GROUP = 0.05, 20
_COMPARED_IN_BUCKET = 30
_BATCH_TEXTS = 4_096
_KEPT_GRAMS = 1_000  # texts whose n-grams are kept for the next comparison


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

    def __init__(self, texts: Iterable[str], *, is_exact: bool = False) -> None:
        plain = map(folded, texts)
        self._templated: set[int] = set()
        self._texts: list[str] = [] if is_exact else list(plain)
        self._same = _first_of_same(map(_digest, plain) if is_exact else self._texts)
        self.group_of = self._same if is_exact else self._groups()

    def is_copy(self, first: int, second: int) -> bool:
        """Whether two texts say the same in the same words, but for a trifle."""
        first, second = self._same[first], self._same[second]
        if first == second or not self._texts:
            return first == second
        threshold = TEMPLATED if first in self._templated else COPIED
        return jaccard(_grams(self._texts[first]), _grams(self._texts[second])) >= threshold

    def _groups(self) -> list[int]:
        distinct = [index for index, same in enumerate(self._same) if index == same]
        found = near_pairs([self._texts[index] for index in distinct], GROUPED)
        pairs = [(distinct[first], distinct[second], similarity) for first, second, similarity in found]
        roots = _components(pairs, GROUPED)
        largest = max(_LARGEST_GROUP, int(_LARGEST_GROUP_SHARE * len(self._texts)))
        sizes = Counter(roots.get(same, same) for same in self._same)
        self._templated = {index for index, root in roots.items() if sizes[root] > largest}
        strict = [pair for pair in pairs if pair[0] in self._templated]
        loose = [pair for pair in pairs if pair[0] not in self._templated]
        final = {**_components(loose, GROUPED), **_components(strict, TEMPLATED)}
        return [final.get(same, same) for same in self._same]


def _first_of_same(values: Iterable[Hashable]) -> list[int]:
    """For each value, the position of the first one that equals it."""
    first_of: dict[Hashable, int] = {}
    return [first_of.setdefault(value, index) for index, value in enumerate(values)]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def near_pairs(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of texts whose n-grams are alike at the threshold: (earlier, later, similarity), verified.

    Args:
        texts: no two the same, folded.
        threshold: Jaccard similarity; of pairs right at it one in eighty may be missed, of others fewer.
    """
    for first, second in _candidates(texts, threshold):
        similarity = jaccard(_grams(texts[first]), _grams(texts[second]))
        if similarity >= threshold:
            yield first, second, similarity


def jaccard(first: Grams, second: Grams) -> float:
    """Shared share of two sets of n-grams (sorted, without repetitions), 0 to 1."""
    import numpy as np

    both = np.concatenate([first, second])
    both.sort()
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    return shared / (len(both) - shared)


@lru_cache(maxsize=_KEPT_GRAMS)
def _grams(text: str) -> Grams:
    """The set of a text's n-grams, sorted."""
    import numpy as np

    return np.unique(_all_grams(text))


def _all_grams(text: str) -> Grams:
    """A text's n-grams as 64-bit hashes, in their order; 3-grams of short texts are exact, not hashed."""
    import numpy as np

    length = _SHORT_GRAM if len(text) <= _SHORT_CHARACTERS else _LONG_GRAM
    codes = _codes(f" {text} ")
    count = max(1, len(codes) - length + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    # 21 bits hold any code point, so that three of them fit into a hash as they are
    factor = np.uint64(1 << 21 if length == _SHORT_GRAM else _MULTIPLIER)
    for offset in range(min(length, len(codes))):
        hashes = hashes * factor + codes[offset : offset + count]
    return hashes


def _codes(text: str) -> Grams:
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)


def _flat_grams(texts: Sequence[str]) -> tuple[Grams, NDArray[np.uint64]]:
    """N-grams of many texts behind each other, and where each text's begin and end: uint64 [texts + 1]."""
    import numpy as np

    if all(0 < len(text) <= _SHORT_CHARACTERS for text in texts):
        codes = _codes("".join([f" {text} " for text in texts]))
        ends = np.cumsum([len(text) + 2 for text in texts])
        begins_gram = np.ones(len(codes), dtype=bool)
        begins_gram[ends - 1] = begins_gram[ends - 2] = False
        hashes = (codes[:-2] << np.uint64(42)) + (codes[1:-1] << np.uint64(21)) + codes[2:]
        flat, counts = hashes[begins_gram[:-2]], np.array([len(text) for text in texts])
    else:
        grams = [_all_grams(text) for text in texts]
        flat, counts = np.concatenate(grams), np.array([len(one) for one in grams])
    return flat, np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64)


def _candidates(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int]]:
    """Pairs that share a band of their MinHash signatures, and about as much of the rest as alike ones do.

    In a crowd each is paired with those just before it: enough to hang all copies together.
    """
    import numpy as np

    if len(texts) < 2:
        return
    signatures, rows = _signatures(texts), _rows_of_band(threshold)
    found = np.empty(0, dtype=np.int64)
    for band in range(_HASHES // rows):
        keys = np.zeros(len(texts), dtype=np.uint64)
        for column in signatures[:, band * rows : (band + 1) * rows].T:
            keys = keys * np.uint64(_MULTIPLIER) + column
        first, second = _neighbours(keys)
        alike = _share_enough(signatures, first, second, threshold - _MARGIN)
        found = np.unique(np.concatenate([found, first[alike] * len(texts) + second[alike]]))
    for pair in found.tolist():
        yield divmod(pair, len(texts))


def _neighbours(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of equal keys, the earlier and the later of each pair."""
    import numpy as np

    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    earlier, later = [order[:0]], [order[:0]]
    for distance in range(1, min(_COMPARED_IN_BUCKET, len(keys) - 1) + 1):
        equal = np.flatnonzero(ordered[distance:] == ordered[:-distance])
        if not len(equal):
            break
        earlier.append(order[equal])
        later.append(order[equal + distance])
    return np.concatenate(earlier), np.concatenate(later)


def _share_enough(
    signatures: NDArray[np.uint32], first: NDArray[np.int64], second: NDArray[np.int64], share: float
) -> NDArray[np.bool_]:
    """Whether at least a share of the hashes of each pair are equal."""
    import numpy as np

    starts = range(0, len(first), _BATCH_TEXTS)
    parts = [
        (signatures[first[start : start + _BATCH_TEXTS]] == signatures[second[start : start + _BATCH_TEXTS]]).mean(
            axis=1
        )
        for start in starts
    ]
    enough: NDArray[np.bool_] = np.concatenate([np.empty(0), *parts]) >= share
    return enough


def _rows_of_band(threshold: float) -> int:
    """The most hashes per band at which few enough pairs are missed: the more, the fewer are compared in vain."""
    fitting = [rows for rows in range(1, 20) if (1 - threshold**rows) ** (_HASHES // rows) <= _MISSED]
    return max(fitting, default=1)


def _signatures(texts: Sequence[str]) -> NDArray[np.uint32]:
    """MinHash signatures, uint32 [texts, hashes]."""
    import numpy as np
    from rensa import RMinHash

    signatures = np.empty((len(texts), _HASHES), dtype=np.uint32)
    for start in range(0, len(texts), _BATCH_TEXTS):
        batch = texts[start : start + _BATCH_TEXTS]
        grams, offsets = _flat_grams(batch)
        hashes = grams * np.uint64(_MULTIPLIER)  # rensa expects hashes: spread the bits
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, _HASHES, _SEED)
        flat = chain.from_iterable(matrix.to_rows())
        signatures[start : start + len(batch)] = np.fromiter(flat, np.uint32).reshape(len(batch), _HASHES)
    return signatures


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
