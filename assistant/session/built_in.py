"""The built-in planner as an author: no network, no key, the same answer to the same words."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

from assistant.planner.proposal import Choice, Proposal, Question
from assistant.session import wording
from assistant.session.amending import Request, request_of
from assistant.session.author import Listener, Reply, Turn
from assistant.session.project_files import FoundFiles, data_files, find_files
from pipeline.machine.machine import Machine, inspect_machine

# Reasons of what a conversation keeps from its first sentence.
_FOLLOWED = {"goal": "Your first sentence.", "dataset.split.seed": "As before: another split would move test rows."}
_MACHINE_AGE_S = 60.0  # free memory changes, cores don't


class BuiltInAuthor:
    """Plans with `assistant.planner`."""

    def __init__(self) -> None:
        self._machine: tuple[float, Path | None, Machine] | None = None

    def warm_up(self) -> None:
        """Reads vocabulary and recipes and looks at the machine."""
        from assistant.planner.planner import plan

        plan("Sort messages into a few queues.", machine=self._inspected(None))

    def write(self, turn: Turn, listener: Listener) -> Reply:
        """Answers a turn."""
        turn = replace(turn, sentence=turn.sentence or (turn.history[-1] if turn.history else ""))
        if (talk := self._talk(turn)) is not None:
            return self._reply(talk, Request(turn.sentence), turn, listener)
        asked = request_of(turn)
        if asked.is_empty:
            return self._reply(Proposal(answer=wording.NOTHING_FOUND), asked, turn, listener)
        found = self._files(turn, asked)
        listener.progress(f"Reading {_names(found)}" if found.files else "Choosing a base")
        proposal = self._planned(turn, asked, found)
        return self._reply(proposal, asked, turn, listener)

    def _talk(self, turn: Turn) -> Proposal | None:
        """An answer in words, where the sentence asks for no plan."""
        from assistant.planner.planner import spoken_answer
        from assistant.planner.understanding import understand

        answer = spoken_answer(understand(turn.sentence), has_data=False) if turn.sentence.strip() else None
        return Proposal(answer=answer) if answer else None

    def _files(self, turn: Turn, asked: Request) -> FoundFiles:
        is_other_plan = bool(asked.kept) and not turn.plan  # the files belong to the plan before
        if turn.data and (turn.has_new_data or not (asked.is_new and turn.history)) and not is_other_plan:
            return FoundFiles(turn.data)
        if asked.kept and turn.project is not None:
            listed = json.loads((turn.plan or turn.current).get("dataset.sources", "[]"))
            there = tuple(turn.project / each["path"] for each in listed if each.get("path"))
            if there:
                return FoundFiles(there)
        return find_files((turn.sentence,) if asked.is_new else (*turn.history, turn.sentence), turn.project)

    def _planned(self, turn: Turn, asked: Request, found: FoundFiles) -> Proposal:
        from assistant.planner.planner import plan

        proposal = plan(
            asked.sentence,
            found.files,
            overrides=asked.overrides,
            machine=self._inspected(turn.project),
            project=turn.project,
            kept=asked.kept,
            because=_FOLLOWED | {field: f"You said “{words}”." for field, words in asked.said.items()},
            avoid=asked.avoid,
            factors=asked.factors,
        )
        if not found.files:
            _offer_files(proposal, found.candidates or data_files(turn.project), turn.project)
        return proposal

    def _inspected(self, project: Path | None) -> Machine:
        now = time.monotonic()
        if self._machine is None or self._machine[1] != project or now - self._machine[0] > _MACHINE_AGE_S:
            self._machine = (now, project, inspect_machine(project))
        return self._machine[2]

    def _reply(self, proposal: Proposal, asked: Request, turn: Turn, listener: Listener) -> Reply:
        is_new = asked.is_new and proposal.answer is None
        text = wording.reply_text(proposal, turn.current, is_new=is_new)
        for piece in wording.pieces(text):
            listener.text(piece)
        return Reply(proposal, text, wording.title(proposal, turn.current, is_new=is_new), is_new)


def _offer_files(proposal: Proposal, files: tuple[Path, ...], project: Path | None) -> None:
    """Puts the project's files under the question for examples."""
    question: Question
    for question in proposal.questions:
        if question.field == "dataset.sources" and not question.choices:
            question.choices = [Choice(value=str(file), text=_relative(file, project)) for file in files]


def _relative(file: Path, project: Path | None) -> str:
    return str(file.relative_to(project)) if project is not None and file.is_relative_to(project) else file.name


def _names(found: FoundFiles) -> str:
    return ", ".join(file.name for file in found.files)
