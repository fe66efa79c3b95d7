"""Conversations as files that a person reads: what is said, asked, proposed. The user's lines are the input.

python -m tests.support.conversations          # writes the answers anew; look at the difference before committing
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.workbench.plan_thread import PlanThread, plain_values
from assistant.session.author import Reply, turn_of
from assistant.session.built_in import BuiltInAuthor
from pipeline.machine.machine import Machine
from pipeline.plan.model import Plan

DATA = Path(__file__).resolve().parents[1] / "data"
FOLDER = DATA / "conversations"
FILES = DATA / "intents" / "files"
LAPTOP = Machine(
    system="Linux", architecture="x86_64", cores=2, memory_gib=16, available_gib=8, disk_free_gib=50, python="3.11.7"
)
_SAID = re.compile(r"\*\*You(?::\*\*|\*\* \(with (?P<file>[\w.-]+)\):) (?P<text>.+)")
# Numbers that follow from the embedded base and from recipes for it: other tests look after them.
_NOT_SHOWN = (
    "model.params_b",
    "model.revision",
    "training.learning_rate",
    "training.adapter.lora_dropout",
    "training.adapter.target_embeddings",
    "training.max_length",
    "training.save_steps",
    "training.per_device",
    "version",
    "dataset.sources",
    "dataset.system_prompt",
    "goal",
    "name",
)
_HEAD = ("task", "dataset.columns", "model.base", "training.method", "evaluation.metrics")


class Quiet:
    """Hears of an answer while it is made."""

    def progress(self, text: str) -> None:
        return

    def text(self, piece: str) -> None:
        return


class LaptopAuthor(BuiltInAuthor):
    """The built-in planner on a machine that is always the same."""

    def _inspected(self, project: Path | None) -> Machine:
        return LAPTOP


class Talk:
    """One conversation in a project of its own."""

    def __init__(self, project: Path) -> None:
        self.project, self.author, self.thread = project, LaptopAuthor(), PlanThread()
        self.applied: Plan | None = None
        self.open: Plan | None = None

    def answer(self, line: str) -> Iterator[str]:
        """What comes after a line of the user's, as lines of Markdown."""
        if line == "**You** apply it.":
            self.applied, self.thread = self.open, self.thread.applied()
            return
        found = _SAID.fullmatch(line)
        assert found, line
        files = [str(shutil.copy(FILES / found["file"], self.project / "data"))] if found["file"] else []
        self.thread = self.thread.said(found["text"], files)
        before = plain_values(self.open)
        turn = turn_of(self.thread.params(self.project, plain_values(self.applied)))
        reply = self.author.write(turn, Quiet())
        self.thread = self.thread.replied(reply.proposal, is_new=reply.is_new)
        yield from self._shown(reply, before)

    def _shown(self, reply: Reply, before: dict[str, str]) -> Iterator[str]:
        proposal = reply.proposal
        if proposal.answer is not None:
            yield f"**Vibetune:** {proposal.answer}"
            return
        yield "**Vibetune** proposes:" if proposal.plan else "**Vibetune** asks:"
        if proposal.plan is not None:
            yield ""
            yield from self._changes(proposal.plan, proposal.reasons, before)
            self.open = proposal.plan
        for question in proposal.questions:
            options = "; ".join(choice.text for choice in question.choices)
            yield ""
            yield f"? {question.text}{f' ({options})' if options else ''}"
        for warning in proposal.warnings:
            if warning.field.startswith(("training", "evaluation", "dataset.rehearsal", "compute")):
                yield ""
                yield f"! {warning.message}"

    def _changes(self, plan: Plan, reasons: dict[str, str], before: dict[str, str]) -> Iterator[str]:
        lines = []
        for name, value in plain_values(plan).items():
            parents = [name.rsplit(".", up)[0] for up in range(name.count(".") + 1)] + [name]
            reason = next((reasons[each] for each in reversed(parents) if each in reasons), "follows from the rest")
            is_told = before.get(name) != value if before else name in _HEAD or reason.startswith(("You", "“"))
            if is_told and not name.startswith(_NOT_SHOWN):
                was = f" (was {before[name]})" if name in before else ""
                lines.append(f"- `{name}: {value}`{was}: {reason}")
        yield from lines or ["- nothing new"]


def rendered(path: Path) -> str:
    """The conversation of a file, held anew."""
    title, *lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(("# ", "**You"))]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "data").mkdir()
        talk = Talk(project)
        parts = [title]
        for line in lines:
            answer = "\n".join(talk.answer(line)).replace(str(project), "PROJECT")
            parts += [line, *([answer] if answer else [])]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Writes all of them."""
    for path in sorted(FOLDER.glob("*.md")):
        path.write_text(rendered(path), encoding="utf-8")


if __name__ == "__main__":
    main()
