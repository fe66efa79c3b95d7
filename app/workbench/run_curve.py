"""What a run's event log shows over its steps: curves, samples, and what happened, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from app.workbench.quantities import duration

if TYPE_CHECKING:
    from pipeline.runs.events import AnyEvent

Point = tuple[int, float]
Points = tuple[Point, ...]
EventTone = Literal["info", "good", "warn", "bad"]

SERIES = ("loss", "validation_loss", "tokens_per_s", "memory_gib", "learning_rate", "grad_norm")
FALLING, RISING = 0.99, 1.05  # shares of the best value by which a loss still falls, or has clearly risen again


@dataclass(frozen=True)
class Curve:
    """A run's measurements by step; of a run that goes on, the points are the same objects as before and further ones.

    Args:
        loss: on training rows.
        validation: loss on rows that it never saw.
        others: further series by name, see `SERIES`.
        checkpoints: steps that can be resumed from.
        passes: steps at which a pass over the data ended.
        total: planned steps; 0 while that is not known.
    """

    loss: Points = ()
    validation: Points = ()
    others: dict[str, Points] = field(default_factory=dict)
    checkpoints: tuple[int, ...] = ()
    passes: tuple[int, ...] = ()
    total: int = 0

    def series(self, name: str) -> Points:
        """One series as points."""
        return {"loss": self.loss, "validation_loss": self.validation}.get(name) or self.others.get(name, ())


@dataclass(frozen=True)
class RunEvent:
    """One line of what happened."""

    time: float
    title: str
    detail: str = ""
    icon: str = "info"
    tone: EventTone = "info"
    step: int | None = None


@dataclass(frozen=True)
class SampleRow:
    """One question that is asked again and again while a run trains."""

    prompt: str
    expected: str
    answers: tuple[tuple[int, str], ...]  # step and what it answered then

    def is_right(self, answer: str) -> bool:
        """Whether an answer is the expected one."""
        return answer.strip() == self.expected.strip()


@dataclass(frozen=True)
class RunDetail:
    """Everything about one run that only its own view shows."""

    curve: Curve = field(default_factory=Curve)
    events: tuple[RunEvent, ...] = ()  # oldest first
    samples: tuple[SampleRow, ...] = ()


class DetailBuilder:
    """Folds a run's events into its detail, one at a time, so that a long log is read once."""

    def __init__(self) -> None:
        self._series: dict[str, list[Point]] = {}
        self._events: list[RunEvent] = []
        self._samples: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._checkpoints: list[int] = []
        self._passes: list[int] = []
        self._total = 0
        self._epoch = 0.0

    def add(self, events: Iterable[AnyEvent]) -> bool:
        """Takes the next events; False if there was none."""
        count = 0
        for count, event in enumerate(events, 1):  # noqa: B007, the last number is the count
            self._take(event)
        return count > 0

    def detail(self) -> RunDetail:
        """What is known so far."""
        others = {name: tuple(points) for name, points in self._series.items() if name not in SERIES[:2]}
        curve = Curve(
            loss=tuple(self._series.get("loss", [])),
            validation=tuple(self._series.get("validation_loss", [])),
            others=others,
            checkpoints=tuple(self._checkpoints),
            passes=tuple(self._passes),
            total=self._total,
        )
        samples = tuple(SampleRow(prompt, right, tuple(given)) for (prompt, right), given in self._samples.items())
        return RunDetail(curve, tuple(self._events), samples)

    def _take(self, event: AnyEvent) -> None:
        take = getattr(self, f"_take_{event.event}", None)
        if take is not None:
            take(event)

    def _say(self, event: AnyEvent, title: str, detail: str = "", icon: str = "info", tone: EventTone = "info") -> None:
        self._events.append(RunEvent(event.time, title, detail, icon, tone, getattr(event, "step", None)))

    def _take_started(self, event: AnyEvent) -> None:
        step = getattr(event, "resumed_from_step", None)
        if step is None:
            self._say(event, "Started", icon="play")
        else:
            self._forget_after(step)
            self._say(event, f"Went on from step {step:,}", "as if it had never stopped", "debug-continue", "good")

    def _forget_after(self, step: int) -> None:
        for points in self._series.values():
            while points and points[-1][0] > step:
                points.pop()
        self._passes = [each for each in self._passes if each <= step]
        self._epoch = float(len(self._passes))

    def _take_progress(self, event: AnyEvent) -> None:
        if event.event == "progress" and event.stage == "training" and event.total:
            self._total = event.total

    def _take_metrics(self, event: AnyEvent) -> None:
        if event.event != "metrics":
            return
        for name, value in event.values.items():
            if name in SERIES:
                points = self._series.setdefault(name, [])
                while points and points[-1][0] >= event.step:  # a resumed run repeats steps
                    points.pop()
                points.append((event.step, value))
        epoch = event.values.get("epoch", self._epoch)
        if int(epoch) > int(self._epoch):
            self._passes.append(event.step)
            self._say(event, f"Pass {int(epoch)} over the data ended", f"step {event.step:,}", "sync")
        self._epoch = max(self._epoch, epoch)
        if "validation_loss" in event.values:
            self._say_check(event, event.step, event.values["validation_loss"])

    def _say_check(self, event: AnyEvent, step: int, value: float) -> None:
        earlier = self._series["validation_loss"][:-1]
        title, detail = f"Checked on unseen rows: loss {value:.3g}", f"step {step:,}"
        if not earlier:
            self._say(event, title, detail, "pulse")
            return
        at, best = min(earlier, key=lambda point: point[1])
        is_better = value < best
        detail = f"{'Better than' if is_better else 'Not better than'} at step {at:,} ({best:.3g})"
        self._say(event, title, detail, "pulse", "good" if is_better else "info")

    def _take_checkpoint(self, event: AnyEvent) -> None:
        if event.event == "checkpoint":
            self._checkpoints = [*(each for each in self._checkpoints if each < event.step), event.step]
            self._say(event, "Saved a point to resume from", f"step {event.step:,}", "save", "good")

    def _take_warning(self, event: AnyEvent) -> None:
        if event.event == "warning":
            self._say(event, event.message, event.code, "warning", "warn")

    def _take_sample(self, event: AnyEvent) -> None:
        if event.event != "sample":
            return
        asked = question_of(event.prompt)
        given = self._samples.setdefault((asked, event.expected), [])
        was_right = bool(given) and given[-1][1].strip() == event.expected.strip()
        is_right = event.answer.strip() == event.expected.strip()
        if given and is_right and not was_right:
            self._say(
                event,
                f"“{short(asked, 40)}” is now answered right",
                f"before: {short(given[-1][1], 40)}",
                "comment",
                "good",
            )
        given[:] = [each for each in given if each[0] < event.step]
        given.append((event.step, event.answer))

    def _take_paused(self, event: AnyEvent) -> None:
        self._say(event, "Paused", f"step {getattr(event, 'step', 0):,} is saved", "debug-pause", "warn")

    def _take_cancelled(self, event: AnyEvent) -> None:
        self._say(event, "Cancelled", f"at step {getattr(event, 'step', 0):,}; what was saved stays", "circle-slash")

    def _take_failed(self, event: AnyEvent) -> None:
        if event.event == "failed":
            self._say(event, event.message, event.hint, "error", "bad")

    def _take_finished(self, event: AnyEvent) -> None:
        if event.event == "finished":
            spent = sum(event.seconds.values())
            self._say(event, "Training finished", f"step {event.step:,} · {duration(spent)}", "pass", "good")


def question_of(prompt: str) -> str:
    """The user's last message in a rendered prompt; the whole text where no turn can be told apart."""
    _, mark, rest = prompt.rpartition("user\n")
    if not mark:
        return prompt.strip()
    return rest.removesuffix("\n").removesuffix("assistant").strip() or prompt.strip()


def short(text: str, most: int) -> str:
    """One line of at most `most` signs."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


@dataclass(frozen=True)
class Learning:
    """Whether a run learns, in words."""

    text: str
    tone: EventTone
    term: str


def learning(curve: Curve) -> Learning:
    """Says what the curve says, and no more."""
    checks = [value for _, value in curve.validation]
    if len(checks) >= 2:
        return _learning_from_checks(curve, checks)
    if len(curve.loss) < 4:
        return Learning("Too early to say whether it learns.", "info", "loss")
    first, last = (_mean([value for _, value in points]) for points in (curve.loss[:3], curve.loss[-3:]))
    if last < FALLING * first:
        text = f"Its error on training rows (loss) fell from {first:.3g} to {last:.3g}; unseen rows are checked later."
        return Learning(text, "info", "train loss")
    text = f"Its error on training rows (loss) has not fallen: {first:.3g} at first, {last:.3g} now."
    return Learning(text, "warn", "train loss")


def _learning_from_checks(curve: Curve, checks: Sequence[float]) -> Learning:
    lowest = min(checks)
    at = curve.validation[checks.index(lowest)][0]
    fell = f"its error on rows it has never seen (loss) fell from {checks[0]:.3g} to {lowest:.3g}"
    if checks[-1] > RISING * lowest:
        text = f"It began to learn by heart: {fell} at step {at:,} and has risen to {checks[-1]:.3g} since."
        return Learning(text, "warn", "overfitting")
    if lowest >= checks[0]:
        text = (
            f"It doesn't learn: its error on rows it has never seen (loss) was {checks[0]:.3g} and is {checks[-1]:.3g}."
        )
        return Learning(text, "warn", "eval loss")
    ended = "is still falling" if checks[-1] < FALLING * min(checks[:-1]) else "has levelled off"
    return Learning(f"It is learning: {fell} and {ended}. No sign of learning by heart.", "good", "overfitting")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
