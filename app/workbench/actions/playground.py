"""Ask, stop, vote: the playground's commands, most of them single keys."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.bench import Workbench
from app.workbench.client_code import client_code
from app.workbench.commands import Command
from app.workbench.votes import ALL_BAD, TIE

HERE = ("playground",)


def _vote_for(place: int) -> Command:
    return _vote(f"playground.vote_{place + 1}", f"Vote for answer {place + 1}", str(place + 1), place)


def _vote(command_id: str, title: str, key: str, choice: int | str) -> Command:
    return Command(
        command_id,
        title,
        lambda bench: bench.playground.vote(choice),
        _why_not_vote(choice),
        "thumbsup",
        (key,),
        "Adapters/9",
        views=HERE,
        help="Written to .vibetune/votes.jsonl; a second vote in a round replaces the first.",
    )


def _why_not_vote(choice: int | str) -> Callable[[Workbench], str | None]:
    def why_not(bench: Workbench) -> str | None:
        current = bench.playground.round
        if current is not None and isinstance(choice, int) and choice >= len(current.columns):
            return f"There are {len(current.columns)} answers."
        return bench.playground.why_not_vote

    return why_not


def _why_not_stop(bench: Workbench) -> str | None:
    return None if bench.playground.state in ("loading", "streaming") else "No answer is coming."


def _why_no_answers(bench: Workbench) -> str | None:
    return None if bench.playground.round else "There are no answers yet."


def _copy_code(bench: Workbench) -> None:
    request = bench.playground.request()
    if request is not None:
        bench.clipboard.copy(client_code(bench.playground.language, request))


def _copy_answers(bench: Workbench) -> None:
    current = bench.playground.round
    if current is None:
        return
    parts = [current.message]
    for place, answer in enumerate(current.answers):
        parts.append(f"{current.name(place)}:\n{answer.text or (answer.error.message if answer.error else '')}")
    bench.clipboard.copy("\n\n".join(parts) + "\n")


_COMMANDS = [
    Command(
        "playground.open",
        "Compare adapters side by side",
        lambda bench: bench.views.open("playground"),
        lambda bench: None if bench.project else "No project is open.",
        "comment-discussion",
        ("Ctrl+K, C",),
        "Adapters/5",
        help="One message, several models, their answers side by side.",
    ),
    Command(
        "playground.run",
        "Ask all columns",
        lambda bench: bench.playground.run(),
        lambda bench: bench.playground.why_not_run,
        "play",
        ("Ctrl+Return",),
        "Adapters/6",
        views=HERE,
        help="Sends the message to every column, with the same seed.",
    ),
    Command(
        "playground.stop",
        "Stop the answers",
        lambda bench: bench.playground.stop(),
        _why_not_stop,
        "debug-stop",
        ("Esc",),
        "Adapters/6",
        views=HERE,
        help="What has come stays in sight.",
    ),
    *(_vote_for(place) for place in range(4)),
    _vote("playground.vote_tie", "Vote: a tie", "0", TIE),
    _vote("playground.vote_bad", "Vote: all are bad", "X", ALL_BAD),
    Command(
        "playground.blind",
        "Blind mode on or off",
        lambda bench: bench.playground.set_blind(not bench.playground.is_blind),
        icon="eye-closed",
        keys=("B",),
        menu="Adapters/7",
        views=HERE,
        help="Hides which model is which until you have voted.",
    ),
    Command(
        "playground.next_round",
        "Next round",
        lambda bench: bench.playground.next_round(),
        lambda bench: bench.playground.why_not_next,
        "arrow-right",
        ("Return",),
        "Adapters/7",
        views=HERE,
        help="Puts the answers away; in blind mode the next message comes from the test set.",
    ),
    Command(
        "playground.test_message",
        "Take a message of the test set",
        lambda bench: bench.playground.next_test_message(),
        lambda bench: None if bench.adapters.adapters else "There is no adapter whose test set could be used.",
        "beaker",
        ("T",),
        "Adapters/7",
        views=HERE,
        help="Rows of the test set were never trained on.",
    ),
    Command(
        "playground.difference",
        "Show or hide the difference",
        lambda bench: bench.playground.set(shows_difference=not bench.playground.shows_difference),
        icon="diff",
        keys=("D",),
        menu="Adapters/8",
        views=HERE,
        help="Two answers compared word by word.",
    ),
    Command(
        "playground.copy_code",
        "Copy as client code",
        _copy_code,
        lambda bench: None if bench.playground.request() else "There is no column to make code of.",
        "code",
        menu="Adapters/8",
        views=HERE,
        help="The last column's request as a program in the chosen language.",
    ),
    Command(
        "playground.copy_answers",
        "Copy all answers",
        _copy_answers,
        _why_no_answers,
        "copy",
        menu="Adapters/8",
        views=HERE,
        help="The message and the answers as plain text.",
    ),
]


def commands() -> list[Command]:
    """The playground's commands."""
    return list(_COMMANDS)
