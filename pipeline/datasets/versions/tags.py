"""Names that people give to versions. A tag points; the version it points to never changes."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.datasets.versions.version import DatasetVersion, whole_versions
from pipeline.errors import BadInput
from pipeline.files import read_json, write_json

TAGS = "tags.json"
LATEST = "latest"
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_IDENTITY = re.compile(r"[0-9a-f]{4,12}")


def tags(kept_in: Path) -> dict[str, str]:
    """Tag → version of one dataset; `kept_in` is `datasets/NAME`."""
    path = kept_in / TAGS
    if not path.is_file():
        return {}
    try:
        found = read_json(path)["tags"]
        return {str(tag): str(version) for tag, version in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("data.broken_tags", f"{path} can't be read: {error}", "Correct it, or delete it.") from error


def set_tag(version: DatasetVersion, tag: str, *, move: bool = False) -> None:
    """Names a version; a tag that names another one already is moved only if that is wished.

    Raises:
        BadInput: `data.bad_tag`, `data.tag_taken`.
    """
    if not _TAG.fullmatch(tag) or _IDENTITY.fullmatch(tag) or tag == LATEST:
        text = f"`{tag}` can't be a tag: it is `{LATEST}`, looks like a version, or has signs a tag can't have."
        raise BadInput("data.bad_tag", text, "Use letters, digits, dot, dash and underscore, such as `before-masking`.")
    kept_in = version.folder.parent
    there = tags(kept_in)
    if there.get(tag, version.id) != version.id and not move:
        text = f"`{tag}` names the version {there[tag]} already."
        raise BadInput("data.tag_taken", text, "Choose another tag, or move it: --move.")
    write_json(kept_in / TAGS, {"version": 1, "tags": dict(sorted({**there, tag: version.id}.items()))})


def remove_tag(kept_in: Path, tag: str) -> None:
    """Takes a tag away; the version stays.

    Raises:
        BadInput: `data.no_tag`.
    """
    there = tags(kept_in)
    if tag not in there:
        raise BadInput("data.no_tag", f"No version of {kept_in.name} has the tag `{tag}`.", _there(there))
    write_json(kept_in / TAGS, {"version": 1, "tags": {name: to for name, to in there.items() if name != tag}})


def find_version(datasets: Path, address: str) -> DatasetVersion:
    """The version of an address: `NAME@VERSION` (four digits are enough), `NAME@TAG`, `NAME@latest` or `NAME`.

    Args:
        datasets: folder of all datasets of a project.
        address: without a name where there is one dataset only: `@TAG`.

    Raises:
        BadInput: `data.no_dataset`, `data.no_version`.
    """
    name, _, wanted = address.partition("@")
    there = sorted(folder.name for folder in datasets.iterdir() if folder.is_dir()) if datasets.is_dir() else []
    name = name or (there[0] if len(there) == 1 else "")
    if name not in there:
        hint = f"There are: {', '.join(there)}." if there else "Build one: vibetune run."
        raise BadInput("data.no_dataset", f"There is no dataset `{name}`.", hint)
    kept_in = datasets / name
    versions, broken = whole_versions(kept_in)
    if versions and wanted in ("", LATEST):
        return versions[-1]
    wanted = tags(kept_in).get(wanted, wanted)
    matches = [version for version in versions if version.id.startswith(wanted) and len(wanted) >= 4]
    if len(matches) != 1:
        what = "no version" if not matches else f"{len(matches)} versions"
        hint = f"There are: {', '.join([*(version.id for version in versions[-5:]), *tags(kept_in)])}."
        hint = " ".join([hint, *map(str, broken)])
        raise BadInput("data.no_version", f"`{address}` names {what}.", hint)
    return matches[0]


def _there(there: dict[str, str]) -> str:
    return f"There are: {', '.join(there)}." if there else "There are no tags yet."
