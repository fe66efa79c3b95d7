"""Drafts of large data: their messages lie packed in a store, and their identities are hashed once."""

from __future__ import annotations

from pipeline.datasets.packed import PackedRows
from pipeline.datasets.row import IDENTITY_BYTES, Draft, Message, Turns, identities, turns_of
from pipeline.plan.model import Split


class DraftStore:
    """Conversations by their numbers, in the order in which they were added."""

    def __init__(self) -> None:
        self.turns: PackedRows[Turns] = PackedRows()
        self._ids, self._prompt_ids, self._count = bytearray(), bytearray(), 0

    def add(self, turns: Turns) -> int:
        """Keeps a conversation and returns its number."""
        whole, prompt = identities(turns)
        self._ids += whole
        self._prompt_ids += prompt
        self.turns.append(turns)
        self._count += 1
        return self._count - 1

    def key(self, number: int) -> bytes:
        """Identity of a conversation."""
        return bytes(self._ids[IDENTITY_BYTES * number : IDENTITY_BYTES * (number + 1)])

    def prompt_id(self, number: int) -> str:
        """Identity of its prompt, 32 hex digits."""
        return self._prompt_ids[IDENTITY_BYTES * number : IDENTITY_BYTES * (number + 1)].hex()


class StoredDraft(Draft):
    """A draft in a store. Messages that are set are its own from then on."""

    __slots__ = ("_number", "_own", "_store")

    def __init__(self, store: DraftStore, number: int, source: str, own_split: Split | None) -> None:
        self._store, self._number = store, number
        self._own: list[Message] | None = None
        self.source, self.own_split = source, own_split
        self.stratum = self.conversation = self.group = ""
        self.label = self.rejected = self.desired = None
        self.unmasked = ()

    @property
    def turns(self) -> Turns:
        return self._store.turns[self._number] if self._own is None else turns_of(self._own)

    @property
    def has_weights(self) -> bool:
        return False  # such rows are not stored

    @property
    def prompt_text(self) -> str:
        turns = self.turns
        return "\n".join(turns[1:-2:2]) if len(turns) > 2 else turns[1]

    @property
    def messages(self) -> list[Message]:
        if self._own is not None:
            return self._own
        sides = iter(self.turns)
        return [{"role": role, "content": content} for role, content in zip(sides, sides, strict=True)]

    @messages.setter
    def messages(self, messages: list[Message]) -> None:
        self._own = messages

    @property
    def key(self) -> bytes:
        return self._store.key(self._number) if self._own is None else super().key

    @property
    def id(self) -> str:
        return self.key.hex() if self._own is None else super().id

    @property
    def prompt_id(self) -> str:
        return self._store.prompt_id(self._number) if self._own is None else super().prompt_id

    @property
    def source_prompt_id(self) -> str:
        return self._store.prompt_id(self._number) if self._own is None else super().source_prompt_id
