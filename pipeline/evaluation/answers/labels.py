"""The label that a model finds most probable, exactly, without asking for every label.

Labels share their first tokens, so they form a trie. A label's log-probability is the sum over its tokens and its end;
what is known of a prefix bounds all labels below it, since every further token can only lower the sum. So the search
always opens the most probable prefix, and the first finished label that it meets is the best of all.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

MOST_CANDIDATES = 128  # source: vllm 0.32 sampling_params.MAX_LOGPROB_TOKEN_IDS


@dataclass(frozen=True)
class Step:
    """One position of a model's path: the token taken, and the log-probabilities (nats) of the candidates there."""

    token: int
    logprobs: Mapping[int, float]


class Scorer(Protocol):
    """A model that tells log-probabilities of tokens, taken from its softmax over the whole vocabulary."""

    async def path(self, prompt: Sequence[int], candidates: Sequence[int], steps: int) -> list[Step]:
        """Follows the most probable candidate from position to position, at most `steps` times.

        The log-probabilities are the true ones, not renormalised over the candidates. At most MOST_CANDIDATES of them
        where `steps` is over 1.
        """


@dataclass(frozen=True)
class Choice:
    """The most probable label, its log-probability (nats, with its end token), and what finding it took."""

    label: str
    logprob: float
    requests: int


@dataclass
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    label: str | None = None
    height: int = 0  # tokens to the end of the longest label below, its end token included
    reach: int = 10**6  # steps worth going ahead from here: few where models have strayed from the labels before


class LabelTrie:
    """Labels by their tokens.

    Args:
        tokens: label → token ids of the label as an answer, without the end token; not empty.
        ends: token ids that end an answer; their probabilities add up.
    """

    def __init__(self, tokens: Mapping[str, Sequence[int]], ends: Sequence[int]) -> None:
        self.ends = list(dict.fromkeys(ends))
        self._root = _Node()
        for label, ids in tokens.items():
            self._add(label, ids)

    def _add(self, label: str, ids: Sequence[int]) -> None:
        node = self._root
        for place, token in enumerate(ids):
            node.height = max(node.height, len(ids) - place + 1)
            node = node.children.setdefault(token, _Node())
        node.height = max(node.height, 1)
        node.label = label

    async def most_probable(self, scorer: Scorer, prompt: Sequence[int]) -> Choice:
        """Finds the label with the largest log-probability after `prompt`, its end token included."""
        search = _Search(self, scorer, prompt)
        return await search.run(self._root)

    def following(self, node: _Node) -> list[int]:
        """Tokens that can follow a node: its children's, and the ends where a label is complete."""
        return [*node.children, *(self.ends if node.label is not None else ())]

    def below(self, node: _Node, steps: int) -> list[int]:
        """All tokens of the next `steps` positions, nearest first, without repetition."""
        found: dict[int, None] = {}
        level = [node]
        for _ in range(steps):
            for each in level:
                found.update(dict.fromkeys(self.following(each)))
            level = [child for each in level for child in each.children.values()]
        return list(found)


class _Search:
    """One prompt's search: a heap of prefixes by their log-probability, and what the model has told so far."""

    def __init__(self, trie: LabelTrie, scorer: Scorer, prompt: Sequence[int]) -> None:
        self._trie = trie
        self._scorer = scorer
        self._prompt = prompt
        self._told: dict[tuple[int, ...], Mapping[int, float]] = {}
        self._requests = 0
        self._pushed = 0
        self._heap: list[tuple[float, int, tuple[int, ...], _Node, str | None]] = []

    async def run(self, root: _Node) -> Choice:
        self._push(0.0, (), root, None)
        while True:
            cost, _, prefix, node, finished = heapq.heappop(self._heap)
            if finished is not None:
                return Choice(finished, -cost, self._requests)
            logprobs = await self._ask(prefix, node)
            if node.label is not None:
                self._push(cost - _log_sum([logprobs[end] for end in self._trie.ends]), prefix, node, node.label)
            for token, child in node.children.items():
                self._push(cost - logprobs[token], (*prefix, token), child, None)

    def _push(self, cost: float, prefix: tuple[int, ...], node: _Node, finished: str | None) -> None:
        self._pushed += 1  # equal costs come out in the order found
        heapq.heappush(self._heap, (cost, self._pushed, prefix, node, finished))

    async def _ask(self, prefix: tuple[int, ...], node: _Node) -> Mapping[int, float]:
        wanted = self._trie.following(node)
        told = self._told.get(prefix, {})
        if not all(token in told for token in wanted):
            await self._follow(prefix, node, wanted)
        return self._told[prefix]

    async def _follow(self, prefix: tuple[int, ...], node: _Node, wanted: list[int]) -> None:
        """Asks for this node, and in the same request for those on the way that the model would go from here."""
        start = node
        steps = 1 if len(wanted) > MOST_CANDIDATES else min(node.height, node.reach)
        candidates = wanted if steps == 1 else self._trie.below(node, steps)[:MOST_CANDIDATES]
        path = await self._scorer.path([*self._prompt, *prefix], candidates, steps)
        self._requests += 1
        inside = 0
        for step in path:
            self._told[prefix] = step.logprobs
            inside += 1
            if step.token not in node.children:
                break
            node = node.children[step.token]
            prefix = (*prefix, step.token)
        start.reach = inside + 1 if inside < len(path) else max(start.reach, 2 * steps)


def _log_sum(logprobs: Sequence[float]) -> float:
    largest = max(logprobs)
    if largest == -math.inf:
        return largest
    return largest + math.log(sum(math.exp(value - largest) for value in logprobs))
