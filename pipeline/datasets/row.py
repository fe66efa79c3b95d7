"""The canonical row: one conversation whose last message is the completion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.bases.chat import is_learned
from pipeline.plan.model import Split

Message = dict[str, str]  # role and content of one turn; `weight` is "0" where an answer is only read, see bases.chat
Turns = list[str]  # the same, flat: role, content, role, content, …
IDENTITY_BYTES = 16


def prompt_of(messages: Sequence[Message]) -> Sequence[Message]:
    """What the answer depends on; the text itself where there is no prompt."""
    return messages[:-1] or messages


def answer_start(messages: Sequence[Message]) -> int:
    """Index of the first message after the last question."""
    return next((at for at in range(len(messages), 0, -1) if messages[at - 1]["role"] in ("user", "system")), 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a dataset version.

    Attributes:
        id: identity of the canonical content, 32 hex digits.
        messages: the whole conversation; the last message is the assistant's, the completion.
        label: the completion where the task is classification.
        group: near duplicates and rows of one conversation share it, and stay in one split.
        source: `file:line` that the row comes from.
        rejected: preference pairs: what was liked less than the completion.
        desired: labelled answers: whether the completion is wanted.
    """

    id: str
    messages: list[Message]
    label: str | None
    group: str
    source: str
    rejected: list[Message] | None = None
    desired: bool | None = None

    @property
    def completion(self) -> str:
        return self.messages[-1]["content"]

    @property
    def judged(self) -> str:
        """The answer with what is said of it: the one that was liked less, or that it is not wanted."""
        if self.rejected is not None:
            return f"{self.completion} (rather than: {self.rejected[-1]['content']})"
        return f"{self.completion} (not wanted)" if self.desired is False else self.completion

    @property
    def turns(self) -> Turns:
        return turns_of(self.messages)

    @property
    def has_weights(self) -> bool:
        """Whether some of its answers are only read."""
        return bool(only_read(self.messages))

    @property
    def prompt(self) -> list[Message]:
        """What is asked, as a request has it."""
        return spoken(self.messages[:-1])

    @property
    def prompt_id(self) -> str:
        """See `Draft.prompt_id`."""
        return identity(prompt_of(self.messages))


@dataclass(slots=True)
class Draft:
    """A row on its way into a version."""

    messages: list[Message]
    source: str
    own_split: Split | None = None
    stratum: str = ""
    conversation: str = ""
    label: str | None = None
    group: str = ""
    unmasked: Sequence[Message] = ()  # where personal data was masked: what stood there
    rejected: list[Message] | None = None
    desired: bool | None = None

    @property
    def prompt_text(self) -> str:
        texts = self.contents
        return "\n".join(texts[:-1] or texts)

    @property
    def completion(self) -> str:
        return self.contents[-1]

    @property
    def turns(self) -> Turns:
        return turns_of(self.messages)

    @property
    def has_weights(self) -> bool:
        """Whether some of its answers are only read."""
        return bool(only_read(self.messages))

    @property
    def contents(self) -> list[str]:
        return self.turns[1::2]

    @property
    def texts(self) -> list[str]:
        """Everything that is in the row, a rejected answer as well."""
        texts = self.contents
        return texts if self.rejected is None else [*texts, *(message["content"] for message in self.rejected)]

    @property
    def answer_start(self) -> int:
        """Index of the message with which the answer begins."""
        return answer_start(self.messages)

    @property
    def key(self) -> bytes:
        """The identity in half the memory."""
        return bytes.fromhex(self.id)

    @property
    def id(self) -> str:
        marks = [Message(role="rejected", content=one["content"]) for one in self.rejected or []]
        if self.desired is not None:
            marks.append(Message(role="desired", content=str(self.desired)))
        marks += [Message(role="only read", content=str(at)) for at in only_read(self.messages)]
        return identity([*self.messages, *marks])

    @property
    def prompt_id(self) -> str:
        """Identity of the prompt alone: correcting an answer must not move a row to another split."""
        return identity(prompt_of(self.messages))

    @property
    def source_prompt_id(self) -> str:
        """The prompt's identity before masking: to mask personal data must not move a row to another split either."""
        return identity(prompt_of(self.unmasked or self.messages))


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that is kept out, with the reason: shown, counted, and there to be taken back."""

    draft: Draft
    reason: str
    message: str


def only_read(messages: Iterable[Message]) -> list[int]:
    """Positions of the messages whose weight is 0."""
    return [at for at, message in enumerate(messages) if not is_learned(message)]


def spoken(messages: Iterable[Message]) -> list[Message]:
    """Role and content alone."""
    return [Message(role=message["role"], content=message["content"]) for message in messages]


def turns_of(messages: Iterable[Message]) -> Turns:
    """Messages without their dictionaries."""
    return [text for message in messages for text in (message["role"], message["content"])]


def identity(messages: Sequence[Message]) -> str:
    """Hash of roles and contents, 32 hex digits; the same on every machine."""
    return identities(turns_of(messages))[0].hex()


def identities(turns: Turns) -> tuple[bytes, bytes]:
    """Identity of a whole conversation and that of its prompt, 16 bytes each."""
    sides = iter(turns)
    parts = [f"{role} {len(content)} {content}\n" for role, content in zip(sides, sides, strict=True)]
    answer = parts.pop() if parts else ""
    digest = hashlib.sha256("".join(parts).encode())
    prompt = digest.digest()
    digest.update(answer.encode())
    whole = digest.digest()
    return whole[:IDENTITY_BYTES], (prompt if parts else whole)[:IDENTITY_BYTES]
