"""`vibetune`: the command line. One file per verb; what a verb needs is imported when it runs."""

from __future__ import annotations

import logging
import sys

import typer
from typer._click.exceptions import ClickException

from app.cli import adapters, app, compare, data, demo, doctor, estimate, evaluate, new, plan, run, runs, serve
from app.cli.output import print_error
from pipeline.errors import BadInput, VibetuneError

INTERRUPTED = 130  # the shell's convention for Ctrl+C

HELP = """From a sentence and a data file to a fine-tuned, measured, served adapter.

\b
Start here:  vibetune demo
Your data:   vibetune new my-project, then in it:
             vibetune plan "Sort our messages into the right queue" --data tickets.csv --write
             vibetune run; vibetune compare "a message"
"""

cli = typer.Typer(
    name="vibetune",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (app, new, plan, estimate, run, evaluate, serve, compare, doctor, demo):
    cli.command(name=verb.__name__.rpartition(".")[2])(verb.command)
for group in (data, runs, adapters):
    cli.add_typer(group.commands)


def main() -> None:
    """Entry point: the process boundary at which errors become text, JSON and exit codes."""
    as_json = "--json" in sys.argv
    try:
        code = cli(standalone_mode=False)
    except ClickException as error:
        print_error(BadInput("cli.usage", error.format_message(), "See `vibetune --help`."), as_json=as_json)
        code = error.exit_code
    except VibetuneError as error:
        print_error(error, as_json=as_json)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("stopped\n")
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:  # noqa: BLE001 - the last boundary: people get a sentence, the log gets the traceback
        code = _report_bug(error, as_json=as_json)
    sys.exit(code if isinstance(code, int) else 0)


def _report_bug(error: Exception, *, as_json: bool) -> int:
    from app.workbench.logs import log_file

    path = log_file()
    logging.basicConfig(filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("vibetune").error("unexpected error", exc_info=error)
    bug = VibetuneError(
        "internal",
        f"Vibetune itself failed: {type(error).__name__}: {error}",
        f"The details are in {path}; report them.",
    )
    print_error(bug, as_json=as_json)
    return bug.exit_code


if __name__ == "__main__":
    main()
