"""What the user is told about runs while looking elsewhere: that one ended and how, that one could not be started."""

from __future__ import annotations

from app.workbench.bench import Workbench
from app.workbench.notices import Tone
from app.workbench.run_words import OUTCOME_WORDS
from pipeline.errors import VibetuneError

TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "no difference": "info", "cannot tell": "warn"}


def watch_runs(bench: Workbench) -> None:
    """Puts a notice up whenever a run ends or something asked of it fails; once for each workbench."""

    def ended(name: str) -> None:
        run = bench.runs.get(name)
        if run is None:
            return
        bench.selection.set("ended", name)
        if run.state == "finished" and run.verdict is not None:
            outcome = OUTCOME_WORDS.get(run.verdict.outcome, run.verdict.outcome)
            tone = TONES.get(run.verdict.outcome, "info")
            title = f"{run.short_name} is measured: {outcome.lower()}"
            bench.notices.say(title, run.verdict.headline, tone, ("Read the verdict", "run.open_ended"))
        elif run.state in {"failed", "interrupted"} and run.error is not None:
            bench.notices.say(f"{run.short_name} stopped", run.error[1], "bad", ("Open run", "run.open_ended"))
        elif run.state == "trained":
            why = run.error[1] if run.error is not None else "Its adapter has not been measured."
            bench.notices.say(f"{run.short_name} is trained", why, "warn", ("Open run", "run.open_ended"))

    def failed(_name: str, error: VibetuneError) -> None:
        bench.notices.error(error)

    def not_started(error: VibetuneError) -> None:
        bench.notices.error(error)

    bench.runs.ended.connect(ended)
    bench.runs.failed.connect(failed)
    bench.runs.start_failed.connect(not_started)
