"""Commands as data: menus, palette, keys and buttons are projections of them, and every face runs the same ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import BadInput

if TYPE_CHECKING:
    from app.workbench.bench import Workbench

Reason = Callable[["Workbench"], str | None]


def _always(_bench: Workbench) -> str | None:
    return None


@dataclass(frozen=True)
class Command:
    """One action.

    Args:
        id: dotted and stable: `run.start`.
        title: a verb with its object, as the palette shows it.
        run: acts on the workbench; what it acts on is the workbench's selection.
        why_not: why it can't be run now, as a sentence; None when it can.
        keys: shortcuts in Qt's portable spelling; chords with a comma: `Ctrl+K, C`.
        menu: place in the menus: `File/1`, the number orders groups; empty: palette only.
        context: where it shows up in context menus: `run`, `adapter`, `file`, `dataset`.
        views: single keys act only while one of these views has the focus; empty: everywhere.
    """

    id: str
    title: str
    run: Callable[[Workbench], object]
    why_not: Reason = _always
    icon: str = ""
    keys: tuple[str, ...] = ()
    menu: str = ""
    context: str = ""
    views: tuple[str, ...] = ()
    help: str = ""

    @property
    def category(self) -> str:
        """The first part of the id."""
        return self.id.partition(".")[0]


@dataclass
class CommandRegistry:
    """All commands by id."""

    _commands: dict[str, Command] = field(default_factory=dict)

    def add(self, *commands: Command) -> None:
        """Registers commands.

        Raises:
            ValueError: an id is taken: two commands would fight for its keys.
        """
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"command {command.id} exists already")
            self._commands[command.id] = command

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __len__(self) -> int:
        return len(self._commands)

    def __getitem__(self, command_id: str) -> Command:
        try:
            return self._commands[command_id]
        except KeyError:
            raise BadInput(
                "command.unknown", f"There is no command {command_id!r}.", "Open the palette to see all."
            ) from None

    def in_menu(self, menu: str) -> list[Command]:
        """The commands of a menu, by group and in the order of their registration."""
        found = [c for c in self if c.menu.partition("/")[0] == menu]
        return sorted(found, key=lambda c: c.menu)

    def in_context(self, context: str) -> list[Command]:
        """The commands of a context menu."""
        return [c for c in self if context in c.context.split()]
