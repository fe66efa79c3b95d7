"""Documents with a loss weight per stretch of text, and tasks that become documents in many layouts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from pipeline.bases.pocket.scribe import Scribe

END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"


class Weight(IntEnum):
    """What a stretch of text is for the loss; `recipe.yaml` says how much each counts."""

    SKIP = 0  # can't be foreseen: random lists, tables
    PROMPT = 1
    PROSE = 2
    ANSWER = 3
    SHORT = 4  # an answer of few tokens, which long copies would drown


@dataclass
class Document:
    """A text as stretches with their weights."""

    family: str
    stretches: list[tuple[str, Weight]] = field(default_factory=list)

    def add(self, text: str, weight: Weight) -> Document:
        """Appends a stretch."""
        if text:
            self.stretches.append((text, weight))
        return self

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(t for t, _ in self.stretches)


@dataclass
class Task:
    """One instruction with its cases; every case can be answered from the instruction and its own input.

    Args:
        instruction: what to do.
        material: what the instruction needs besides (label list, table); may be empty.
        cases: pairs of input and the one right answer.
        is_noise: the inputs are random, so that there is nothing to learn from foreseeing them.
        options: the answers to choose from, where the prompt lists them.
    """

    family: str
    instruction: str
    cases: list[tuple[str, str]]
    material: str = ""
    is_noise: bool = False
    options: tuple[str, ...] = ()

    def answer_weight(self, number: int) -> Weight:
        """SKIP for an answer that nothing before it tells: the first ones of a rule that only examples show."""
        counted = Weight.SHORT if len(self.cases[number][1]) <= 40 else Weight.ANSWER
        if not self.family.startswith("few_shot"):
            return counted
        is_known = self.family == "few_shot_pattern" or self.cases[number][1] in [a for _, a in self.cases[:number]]
        return counted if number >= 2 and is_known else Weight.SKIP


def as_chat(task: Task, scribe: Scribe) -> Document:
    """The task as a ChatML conversation: one instruction, one turn or several."""
    document = Document(task.family)
    input_weight = Weight.SKIP if task.is_noise else Weight.PROMPT
    glue = scribe.pick(["\n", "\n\n", "\n", " "]) if "\n" not in task.material else scribe.pick(["\n", "\n\n"])
    in_system = scribe.chance(0.6)
    pieces = [(task.instruction, Weight.PROMPT), (task.material and glue + task.material, Weight.SKIP)]
    if in_system:
        persona = scribe.ask("personas") + " " if scribe.chance(0.2) else ""
        _turn(document, "system", [(persona, Weight.PROMPT), *pieces])
    for number, (given, answer) in enumerate(task.cases):
        if in_system or number > 0:
            _turn(document, "user", [(given, input_weight)])
        elif scribe.chance(0.75):
            headings = [scribe.phrase("leads") for _ in range(3)]
            lead = scribe.pick(
                ["\n\n", "\n", "\n\n", f"\n{headings[0]}: ", f"\n\n{headings[1]}: ", f"\n{headings[2]}:\n"]
            )
            _turn(document, "user", [*pieces, (lead, Weight.SKIP), (given, input_weight)])
        else:
            _turn(document, "user", [(given, input_weight), ("\n\n", Weight.SKIP), *pieces])
        _answer(document, answer, task.answer_weight(number))
    return document


def as_plain(task: Task, scribe: Scribe) -> Document:
    """The task as running text: instruction, then pairs of input and answer under headings."""
    document = Document(task.family)
    document.add(task.instruction + "\n", Weight.PROMPT)
    if task.material:
        document.add(task.material + "\n", Weight.SKIP)
    asked, answered = scribe.pick(
        [
            *((lead, "Answer") for lead in scribe.lexicon.phrases["leads"]),
            ("Q", "A"),
            ("In", "Out"),
            ("Message", "Label"),
        ]
    )
    gap = scribe.pick(["\n", "\n\n"])
    for number, (given, answer) in enumerate(task.cases):
        document.add(f"{gap}{asked}: ", Weight.SKIP).add(given, Weight.SKIP if task.is_noise else Weight.PROMPT)
        document.add(f"\n{answered}: ", Weight.SKIP).add(answer + "\n", task.answer_weight(number))
    return document.add(END_OF_TEXT, Weight.ANSWER)


def as_examples(task: Task, scribe: Scribe) -> Document:
    """A conversation whose prompt shows all cases but the last as examples."""
    shown, (given, answer) = task.cases[:-1], task.cases[-1]
    asked, answered = scribe.pick(
        [("Message", "Label"), ("Input", "Output"), ("Text", "Answer"), ("Q", "A"), ("User", "You")]
    )
    arrow = scribe.pick([" -> ", " => ", " = ", ": "])
    if scribe.chance(0.5):
        examples = "\n".join(f"{g}{arrow}{a}" for g, a in shown)
    else:
        examples = "\n\n".join(f"{asked}: {g}\n{answered}: {a}" for g, a in shown)
    head = scribe.pick(["", "\nExamples:", "\n\nExamples:", "\nFor example:", "\nHere are some examples:"])
    document = Document(task.family)
    front = [
        (task.instruction, Weight.PROMPT),
        (task.material and "\n" + task.material, Weight.SKIP),
        (f"{head}\n{examples}", Weight.SKIP),
    ]
    input_weight = Weight.SKIP if task.is_noise else Weight.PROMPT
    if scribe.chance(0.5):
        _turn(document, "system", front)
        _turn(document, "user", [(given, input_weight)])
    else:
        lead = scribe.pick([f"\n\n{asked}: ", "\n\n", "\nNow: ", f"\n{asked}: "])
        _turn(document, "user", [*front, (lead, Weight.SKIP), (given, input_weight)])
    _answer(document, answer, task.answer_weight(len(task.cases) - 1))
    return document


def _turn(document: Document, role: str, stretches: list[tuple[str, Weight]]) -> None:
    document.add(f"{START}{role}\n", Weight.SKIP)
    for text, weight in stretches:
        document.add(text, weight)
    document.add(f"{END}\n", Weight.SKIP)


def _answer(document: Document, answer: str, weight: Weight) -> None:
    document.add(f"{START}assistant\n", Weight.SKIP).add(answer, weight).add(END, weight).add("\n", Weight.SKIP)
