"""Which files a plan reads, as which split, and under which path in the project."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.planner.proposal import Import, Proposal
from pipeline.datasets.edits import EDITS_FILE, edits_of, read_edits
from pipeline.datasets.readers.split_name import split_of_name
from pipeline.datasets.recognise.inspection import InspectedSource
from pipeline.errors import BadInput
from pipeline.plan.model import Split

_TRAINING_NAME = re.compile(r"(?<![a-z])train(?:ing)?(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class PlannedSource:
    """One file of a plan."""

    file: Path
    path: str  # in the project
    split: Split | None
    is_inside: bool


def with_own_test(files: Sequence[Path]) -> tuple[list[Path], Path | None]:
    """The files, and the test file that lies beside a single training file: `train.csv` has `test.csv`."""
    if len(files) != 1 or split_of_name(files[0]) != "train":
        return list(files), None
    beside = files[0].with_name(_TRAINING_NAME.sub("test", files[0].name, count=1))
    if beside == files[0] or not beside.is_file():
        return list(files), None
    return [files[0], beside], beside


def planned_sources(sources: Sequence[InspectedSource], project: Path | None) -> list[PlannedSource]:
    """Files with their splits and their paths in the project.

    A training file is left undivided where there is no validation file: a part of it is kept to watch the training.
    """
    has_validation = any(source.split == "validation" for source in sources)
    planned: list[PlannedSource] = []
    for source in sources:
        file = Path(source.path)
        path, is_inside = _path_in_project(file, project, [each.path for each in planned])
        split = source.split if source.split != "train" or has_validation else None
        planned.append(PlannedSource(file, path, split, is_inside))
    return planned


def named_files(files: Sequence[Path], project: Path | None) -> list[tuple[str, Path]]:
    """Files as a plan will name them, and where they are."""
    named: list[tuple[str, Path]] = []
    for file in files:
        path, _ = _path_in_project(file, project, [name for name, _ in named])
        named.append((path, file))
    return named


def edits_over(named: Sequence[tuple[str, Path]], project: Path | None) -> Path | None:
    """The project's file of edits, where it has edits of these files.

    Raises:
        BadInput: `data.bad_edits`.
    """
    path = project / EDITS_FILE if project is not None else None
    if path is None or not path.is_file():
        return None
    edits = read_edits(path)
    return path if any(edits_of(edits, name) for name, _ in named) else None


def _path_in_project(file: Path, project: Path | None, taken: Sequence[str]) -> tuple[str, bool]:
    absolute = file.resolve()
    if project is not None and absolute.is_relative_to(project.resolve()):
        return absolute.relative_to(project.resolve()).as_posix(), True
    names = [f"data/{file.name}"] + [f"data/{file.stem}-{number}{file.suffix}" for number in range(2, 100)]
    return next(name for name in names if name not in taken), False


def bring_in(proposal: Proposal, project: Path) -> list[Path]:
    """Copies the files that a plan reads and that lie outside into the project.

    Raises:
        BadInput: `plan.file_exists`: another file is there under that name.
    """
    for each in proposal.imports:
        _refuse_to_overwrite(each, project)
    copied = []
    for each in proposal.imports:
        target = project / each.target
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(each.source, target)
            copied.append(target)
    return copied


def _refuse_to_overwrite(each: Import, project: Path) -> None:
    target = project / each.target
    if target.exists() and target.read_bytes() != each.source.read_bytes():
        text = f"{target} is there already, with other content than {each.source}."
        raise BadInput("plan.file_exists", text, "Rename one of the two.")
