"""What can be done in the chat and with its proposals, as commands."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.actions.chosen import why_no_project
from app.workbench.bench import Workbench
from app.workbench.commands import Command

VIEWS = ("assistant",)
_KEYS = 4  # answers that have a key


def commands() -> list[Command]:
    """All of them."""
    return [
        Command(
            "assistant.focus", "Ask the assistant", _focus, icon="sparkle", keys=("Ctrl+L",), menu="View/2",
            help="Puts the caret into the chat.",
        ),
        Command(
            "assistant.new", "New chat", _new, why_no_project, "add", menu="Plan/3", help="The plan stays as it is.",
        ),
        Command(
            "assistant.earlier", "Earlier chats", _earlier, why_no_project, "history", menu="Plan/3",
            help="Lists the chats of this project, to go on with one.",
        ),
        Command(
            "assistant.stop", "Stop the answer", lambda bench: bench.conversation.stop(), _not_thinking, "debug-stop",
            menu="Plan/3", help="What has been written stays; nothing is applied.",
        ),
        Command(
            "assistant.edit_plan", "Edit the plan", _edit, _no_plan_file, "edit", menu="Plan/2",
            help="Opens the plan's file; the open proposal is shown in it.",
        ),
        Command(
            "plan.apply", "Apply the ticked changes", lambda bench: bench.conversation.apply(), _nothing_ticked,
            "check", ("Ctrl+Return",), "Plan/1", help="Writes them into the plan and makes a checkpoint.",
        ),
        Command(
            "plan.reject", "Reject the proposal", lambda bench: bench.conversation.reject(), _nothing_open, "close",
            menu="Plan/1", help="Puts the proposal away; the plan stays as it is.",
        ),
        Command(
            "plan.next_hunk", "Next change", _step(1), _nothing_open, "arrow-down", ("Alt+Down",), "Plan/2",
            help="Goes to the next change of the proposal.",
        ),
        Command(
            "plan.previous_hunk", "Previous change", _step(-1), _nothing_open, "arrow-up", ("Alt+Up",), "Plan/2",
            help="Goes to the change before.",
        ),
        Command(
            "plan.toggle_hunk", "Tick or untick the change", _toggle, _nothing_open, "checklist", menu="Plan/2",
            help="Takes the current change into what is applied, or leaves it out; Space does it in the card.",
        ),
        *(_answer(number) for number in range(1, _KEYS + 1)),
    ]  # fmt: skip


def _answer(number: int) -> Command:
    return Command(
        f"assistant.answer_{number}",
        f"Answer with choice {number}",
        lambda bench: _choose(bench, number),
        lambda bench: _no_choice(bench, number),
        "question",
        (str(number),),
        views=VIEWS,
        help="Answers the first open question.",
    )


def _choose(bench: Workbench, number: int) -> None:
    question = bench.conversation.questions[0]
    bench.conversation.answer(question.field, question.choices[number - 1].value)


def _no_choice(bench: Workbench, number: int) -> str | None:
    questions = bench.conversation.questions
    if not questions or bench.conversation.state == "thinking":
        return "No question is open."
    count = len(questions[0].choices)
    return None if number <= count else f"“{questions[0].text}” has {count} choices."


def _focus(bench: Workbench) -> None:
    bench.views.open("assistant")
    bench.conversation.focus_wanted.emit()


def _new(bench: Workbench) -> None:
    bench.conversation.new_chat()
    _focus(bench)


def _earlier(bench: Workbench) -> None:
    bench.views.open("assistant")
    bench.conversation.list_wanted.emit()


def _edit(bench: Workbench) -> None:
    bench.views.open("plan", str(bench.plan.path))


def _step(by: int) -> Callable[[Workbench], None]:
    def step(bench: Workbench) -> None:
        pending = bench.plan.pending
        numbers = [hunk.number for hunk in pending.hunks] if pending is not None else []
        if not numbers:
            return
        current = bench.conversation.current_hunk
        place = numbers.index(current) + by if current in numbers else (0 if by > 0 else len(numbers) - 1)
        bench.conversation.choose_hunk(numbers[place % len(numbers)])

    return step


def _toggle(bench: Workbench) -> None:
    pending = bench.plan.pending
    if pending is None:
        return
    current = bench.conversation.current_hunk
    hunk = next((each for each in pending.hunks if each.number == current), None)
    if hunk is None:
        _step(1)(bench)
    else:
        bench.plan.tick(hunk.number, not hunk.is_ticked)


def _not_thinking(bench: Workbench) -> str | None:
    return None if bench.conversation.state == "thinking" else "The assistant isn't writing."


def _no_plan_file(bench: Workbench) -> str | None:
    return None if bench.plan.path is not None else "No project is open."


def _nothing_open(bench: Workbench) -> str | None:
    return None if bench.plan.pending is not None else "No proposal is open: say what you want in the chat."


def _nothing_ticked(bench: Workbench) -> str | None:
    if (reason := _nothing_open(bench)) is not None:
        return reason
    if bench.conversation.state == "thinking":
        return "The assistant is still writing."
    pending = bench.plan.pending
    is_any = pending is not None and any(hunk.is_ticked for hunk in pending.hunks)
    return None if is_any else "No change is ticked."
