"""The open plan: its text as it is being edited, what is wrong with it, and the changes that are proposed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from app.workbench.drafts import Drafts
from app.workbench.history import Change, Checkpoint, History
from app.workbench.hunks import Hunk, make_hunks, with_hunks
from app.workbench.tasks import Tasks
from pipeline.errors import BadInput
from pipeline.files import write_text
from pipeline.plan.document import parse_plan
from pipeline.plan.edit import remove_value, set_value
from pipeline.plan.errors import PlanErrors, Problem
from pipeline.plan.fields import parse_path
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from assistant.planner.proposal import Import, Proposal, Question, Warned

MOST_BYTES = 2**20  # a plan is a page or two; anything larger is another file under its name


@dataclass(frozen=True)
class PendingProposal:
    """A proposal that waits for the user's word."""

    sentence: str
    title: str
    hunks: tuple[Hunk, ...]
    questions: tuple[Question, ...]
    warnings: tuple[Warned, ...]
    estimate: dict[str, Any]
    imports: tuple[Import, ...]
    plan: Plan


class PlanStore:
    """One plan file of the project, `plan.yaml` unless another is selected."""

    changed = Signal()
    proposal_changed = Signal()
    text_wanted = Signal()  # what was typed a moment ago is needed now: editors hand it in
    place_wanted = Signal(int, int)  # line and column to go to, from 1
    asked = Signal(str)  # of the editor that shows the plan: `fix`, `explain`, `complete`, `diff` ...

    def __init__(self, tasks: Tasks, history: History) -> None:
        self._tasks, self._history = tasks, history
        self._project: ProjectFolder | None = None
        self._disk: str | None = None  # what the file held when it was last read or written
        self._stamp: tuple[int, int] | None = None
        self.path: Path | None = None
        self.drafts = Drafts(tasks)
        self.place: tuple[int, int] | None = None  # wanted, and not yet shown by an editor
        self.is_outdated = False  # somebody else wrote the file under an unsaved text
        self.text = ""
        self.plan: Plan | None = None
        self.problems: tuple[Problem, ...] = ()
        self.pending: PendingProposal | None = None
        self._proposal: Proposal | None = None
        history.changed.connect(self.refresh)

    @property
    def is_dirty(self) -> bool:
        """Whether the text isn't what the file holds."""
        return self.text != (self._disk or "")

    @property
    def saved_text(self) -> str:
        """What the file holds."""
        return self._disk or ""

    def open(self, project: ProjectFolder | None) -> None:
        """Shows the project's plan; what was left unsaved in it is there again."""
        self._project = project
        self.drafts.open(project)
        self._set_pending(None)
        self.path = None
        self.select(project.plan if project is not None else None)

    def select(self, path: Path | None) -> None:
        """Shows another plan of the project; the old one's unsaved text waits as a draft."""
        if path == self.path and path is not None:
            return
        self.text_wanted.emit()
        self.path, self._stamp = path, _stamp(path) if path is not None else None
        self._disk, self.is_outdated = _read(path), False
        draft = self.drafts.get(path) if path is not None else None
        self._take(self._disk or "" if draft is None else draft)
        self._renew()
        self.changed.emit()

    def refresh(self) -> None:
        """Reads the file again when somebody else wrote it; never over an unsaved text."""
        self.drafts.refresh()
        if self.path is None:
            return
        stamp = _stamp(self.path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        found = _read(self.path)
        if found == self._disk:
            return
        if self.is_dirty and found != self.text:
            self._disk, self.is_outdated = found, True
        else:
            self._show_file(found)
        self.changed.emit()

    def take_file(self) -> None:
        """Gives the unsaved text up for what the file holds."""
        self._show_file(_read(self.path))
        self.changed.emit()

    def keep_text(self) -> None:
        """Keeps the unsaved text although the file was written by somebody else."""
        self.is_outdated = False
        self.changed.emit()

    def set_text(self, text: str) -> None:
        """Takes what the editor holds."""
        if text != self.text:
            self._take(text)
            self._keep_draft()
            self._renew()
            self.changed.emit()

    def set_field(self, field: str, value: Any) -> None:
        """Gives one field a value in the text; comments and order stay.

        Raises:
            PlanErrors: the text is no YAML, so nothing can be changed in it.
        """
        self.text_wanted.emit()
        self.set_text(set_value(self.text, parse_path(field), value))

    def unset_field(self, field: str) -> None:
        """Takes a field out of the text, so that its default holds.

        Raises:
            PlanErrors: the text is no YAML.
        """
        self.text_wanted.emit()
        self.set_text(remove_value(self.text, parse_path(field)))

    def go_to(self, line: int, column: int) -> None:
        """Asks the editor to show a place."""
        self.place = line, column
        self.place_wanted.emit(line, column)

    def save(self) -> None:
        """Writes the text to its file, right or wrong: it is the user's.

        Raises:
            BadInput: no project is open.
        """
        path = self._require_path()
        self.text_wanted.emit()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, self.text)
        self._disk, self._stamp, self.is_outdated = self.text, _stamp(path), False
        self._keep_draft()
        self.changed.emit()

    def propose(self, proposal: Proposal, sentence: str) -> None:
        """Puts a planner's proposal beside the plan as changes to decide on; nothing is written.

        Raises:
            PlanErrors: the plan's text can't be read, so nothing can be compared with it.
        """
        self._proposal = proposal
        self._set_pending(self._pending(proposal, sentence))

    def tick(self, number: int, is_on: bool) -> None:
        """Takes one change in or leaves it out."""
        pending = self._require_pending()
        hunks = tuple(replace(h, is_ticked=is_on) if h.number == number else h for h in pending.hunks)
        self._set_pending(replace(pending, hunks=hunks))

    def preview(self) -> str:
        """The plan's text with the ticked changes.

        Raises:
            PlanErrors: the ticked changes alone make no valid plan.
        """
        pending = self._require_pending()
        return with_hunks(self.text, pending.plan, pending.hunks)

    def apply(self) -> Checkpoint:
        """Writes the ticked changes, copies the data they name into the project, and records a checkpoint.

        Raises:
            BadInput, PlanErrors: nothing is ticked, or the ticked changes alone make no valid plan; nothing is written.
        """
        from assistant.planner.sources import bring_in

        self.text_wanted.emit()
        pending, path, project = self._require_pending(), self._require_path(), self._project
        count = sum(hunk.is_ticked for hunk in pending.hunks)
        if not count or project is None:
            raise BadInput("plan.nothing_ticked", "No change is ticked.", "Tick at least one, or reject the proposal.")
        text = self.preview()
        parse_plan(text, path.name)
        if self._proposal is not None:
            bring_in(self._proposal, project.path)
        change: Change = (self._disk, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
        self._disk, self._stamp, self.is_outdated = text, _stamp(path), False
        self._take(text)
        self._keep_draft()
        self._set_pending(None)
        title = f"Applied {count} change{'s' * (count != 1)}"
        made = self._history.record(title, pending.sentence, {path: change})
        self.changed.emit()
        return made

    def reject(self) -> None:
        """Puts the proposal away; the plan stays as it is."""
        self._set_pending(None)

    def _pending(self, proposal: Proposal, sentence: str) -> PendingProposal | None:
        if proposal.plan is None:
            return None
        return PendingProposal(
            sentence=sentence,
            title=proposal.plan.goal or proposal.plan.name,
            hunks=make_hunks(self.text, proposal.plan, proposal.reasons),
            questions=tuple(proposal.questions),
            warnings=tuple(proposal.warnings),
            estimate=dict(proposal.estimate),
            imports=tuple(proposal.imports),
            plan=proposal.plan,
        )

    def _renew(self) -> None:
        """Compares the proposal with the new text; what was unticked stays so, a text with errors waits."""
        pending = self.pending
        if pending is None or self._proposal is None or (self.plan is None and self.text.strip()):
            return
        left_out = {hunk.field for hunk in pending.hunks if not hunk.is_ticked}
        hunks = make_hunks(self.text, pending.plan, self._proposal.reasons)
        kept = tuple(replace(hunk, is_ticked=hunk.field not in left_out) for hunk in hunks)
        self._set_pending(replace(pending, hunks=kept))

    def _show_file(self, text: str | None) -> None:
        self._disk, self.is_outdated = text, False
        self._take(text or "")
        self._keep_draft()
        self._renew()

    def _keep_draft(self) -> None:
        if self.path is not None:
            self.drafts.keep(self.path, self.text if self.is_dirty else None)

    def _set_pending(self, pending: PendingProposal | None) -> None:
        if pending is None:
            self._proposal = None if self.pending is not None else self._proposal
        self.pending = pending
        self.proposal_changed.emit()

    def _take(self, text: str) -> None:
        self.text, self.plan, self.problems = text, None, ()
        if not text.strip():
            return
        try:
            document = parse_plan(text, self.path.name if self.path else "plan.yaml")
        except PlanErrors as errors:
            self.problems = tuple(errors.problems)
        else:
            self.plan, self.problems = document.plan, tuple(document.warnings)

    def _require_pending(self) -> PendingProposal:
        if self.pending is None:
            raise BadInput("plan.no_proposal", "There is no proposal.", "Say in the chat what should change.")
        return self.pending

    def _require_path(self) -> Path:
        if self.path is None:
            raise BadInput("project.none", "No project is open.", "Open a folder, or start a new project.")
        return self.path


def _read(path: Path | None) -> str | None:
    if path is None or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    try:
        return path.read_text("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
