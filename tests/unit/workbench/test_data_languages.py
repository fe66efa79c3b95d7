"""Languages of rows: counted for bars, and what a filter says of them, in files and in versions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.workbench.data_languages import UNCLEAR, LanguageFacts, Languages, name_of, spoken_in
from app.workbench.data_rows import Lens, Page, Query
from app.workbench.data_store import DataStore
from app.workbench.project import create_project
from app.workbench.tasks import InlineTasks
from pipeline.datasets.checks.languages import _SCRIPTS
from pipeline.datasets.checks.vocabulary import vocabulary
from pipeline.datasets.edits import Edit, row_key
from pipeline.datasets.versions.build import build_version
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder

ENGLISH = "I was charged twice for the order that I made, number {}"
GERMAN = "Guten Tag, meine Rechnung ist nicht richtig und ich möchte das Geld zurück, Nummer {}"
FRENCH = "Bonjour, mon colis n'est pas encore arrivé et je voudrais savoir où il est, numéro {}"
ROWS = [(text.format(number), "ab"[number % 2]) for text in (ENGLISH, GERMAN) for number in range(12)]
ROWS += [(FRENCH.format(number), "ab"[number % 2]) for number in range(4)] + [("ok", "a"), ("hm", "b")]


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    made = create_project(tmp_path / "project")
    with (made.path / "data" / "mixed.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "queue"), *ROWS])
    return made


@pytest.fixture
def store(project: ProjectFolder) -> DataStore:
    made = DataStore(InlineTasks())
    made.open(project)
    return made


def languages(store: DataStore, source: str) -> LanguageFacts:
    found: list[LanguageFacts] = []
    store.languages(source, found.append)
    return found[0]


def total(store: DataStore, source: str, text: str) -> int:
    found: list[Page] = []
    store.page(source, 0, 100, found.append, query=Query(text=text))
    return found[0].total


def test_languages_of_a_file_are_counted_and_filtered_by(store: DataStore) -> None:
    source = str(store.files[0].path)
    found = languages(store, source)
    assert found.counts == (("en", 12), ("de", 12), ("fr", 4), (UNCLEAR, 2))
    assert found.sentence == "12 of 30 rows are in English (en); 2 are too short or mixed to tell."
    assert [total(store, source, f"in:{code}") for code, _ in found.counts] == [12, 12, 4, 2]
    assert total(store, source, "IN:de queue:a") == 6
    assert total(store, source, "in:de in:fr") == 16, "any of them"
    assert total(store, source, "in:sv") == 0


def test_languages_of_a_version_are_those_of_its_prompts(store: DataStore, project: ProjectFolder) -> None:
    plan = {"name": "mixed", "task": "classification", "goal": "", "dataset": {"sources": [{"path": "data/mixed.csv"}],
            "columns": {"prompt": ["text"], "completion": ["queue"]}, "checks": {"duplicates": "off"}}}  # fmt: skip
    version = build_version(Plan.model_validate(plan), project.path)
    store.refresh_now()
    source = f"{version.name}@{version.id}"
    assert dict(languages(store, source).counts) == {"en": 12, "de": 12, "fr": 4, UNCLEAR: 2}
    assert total(store, source, "in:fr") == 4


def test_an_edited_row_is_in_the_language_that_it_has_now(project: ProjectFolder) -> None:
    edit = Edit("data/mixed.csv", "mixed.csv:2", row_key(["text", "queue"], ROWS[0]), {"text": FRENCH.format(99)})
    edits: list[Edit] = []
    store = DataStore(InlineTasks(), lambda _path: Lens(tuple(edits)))
    store.open(project)
    source = str(store.files[0].path)
    assert total(store, source, "in:fr") == 4
    edits.append(edit)
    assert total(store, source, "in:fr") == 5


def test_a_large_source_is_drawn_from_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workbench.data_languages.MOST_COUNTED", 10)
    asked: list[int] = []

    def texts(indices: list[int]) -> list[str]:
        asked.extend(indices)
        return [GERMAN.format(index) for index in indices]

    told = Languages(texts)  # type: ignore[arg-type]
    found = told.facts(1_000)
    assert (found.counted, found.counts, len(asked)) == (10, (("de", 10),), 10)
    assert "10 of 10 drawn from 1,000 rows" in found.sentence
    told.facts(1_000)
    assert len(asked) == 10, "what is known isn't told again"


def test_what_a_filter_says_of_languages_is_taken_out_of_it() -> None:
    query, spoken = spoken_in(Query(text="parcel in:de late"))
    assert (query.text, spoken.codes) == ("parcel late", frozenset({"de"}))
    assert spoken_in(Query(text="built in:house"))[1].codes == frozenset()
    assert spoken_in(Query(text="in:de", is_regex=True))[0].text == "in:de"
    assert (name_of("de"), name_of(UNCLEAR), name_of("xx")) == ("German (de)", "can't tell", "xx")


def test_every_language_that_is_told_has_a_name() -> None:
    told = {*vocabulary("function_words")["words"], *_SCRIPTS.values(), "uk", "bg", "sr"}
    assert len(told) > 20
    assert {code for code in told if name_of(code) == code} == set()
