"""No sample row, nor a near duplicate, is in the pretraining text; and the search finds what is planted."""

from pathlib import Path

import pytest

import resources
from pipeline.bases.pocket import contamination
from pipeline.errors import BadInput
from pipeline.files import sha256

RESOURCES = Path(resources.__file__).parent
POCKET = RESOURCES / "pocket"


@pytest.fixture(scope="module")
def trained() -> list[str]:
    return contamination.unpack(POCKET / "sentences.xz")


def test_no_sample_row_is_in_the_pretraining_text() -> None:
    assert contamination.found_rows(RESOURCES / "samples", POCKET) == []


def test_the_sentences_of_the_text_are_many_and_normalised(trained: list[str]) -> None:
    assert len(trained) > 50_000
    assert all(len(line.split(" ")) >= contamination.SHORTEST for line in trained[:1000])
    assert trained == sorted(set(trained))


def test_the_sentences_are_those_of_the_recipe(trained: list[str]) -> None:
    from ruamel.yaml import YAML

    stated = YAML(typ="safe").load((POCKET / "recipe.yaml").read_text("utf-8"))["sentences"]
    assert stated == {"count": len(trained), "sha256": sha256(POCKET / "sentences.xz")}


def test_a_planted_sentence_is_found_with_one_word_changed_left_out_or_added(
    trained: list[str], tmp_path: Path
) -> None:
    words = next(line for line in trained[len(trained) // 2 :] if len(line.split(" ")) == 11).split(" ")
    planted = {
        "same": words,
        "changed": [*words[:5], "zebra", *words[6:]],
        "left out": [*words[:3], *words[4:]],
        "added": [*words[:7], "zebra", *words[7:]],
    }
    (tmp_path / "rows.csv").write_text(
        "text\n" + "\n".join(f"Hello! {' '.join(w).capitalize()}." for w in planted.values())
    )
    found = contamination.found_rows(tmp_path, POCKET)
    assert sorted(f.row for f in found) == [2, 3, 4, 5]


def test_a_short_sentence_counts_only_if_it_is_the_same(tmp_path: Path) -> None:
    contamination.pack(["how do i clean the oven"], tmp_path / "sentences.xz")
    assert not list(
        contamination.near([(1, "How do I open the oven?")], contamination.unpack(tmp_path / "sentences.xz"))
    )
    assert list(contamination.near([(1, "How do I clean the oven?")], contamination.unpack(tmp_path / "sentences.xz")))


def test_a_fresh_sentence_is_not_found(tmp_path: Path) -> None:
    rows = [
        "The lighthouse keeper taught three penguins to juggle walnuts during the eclipse",
        "Could you explain why my cello smells like cinnamon whenever your tram passes",
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(f'{{"text": "{row}"}}' for row in rows))
    assert contamination.found_rows(tmp_path, POCKET) == []


def test_broken_rows_are_read_as_they_are(tmp_path: Path) -> None:
    contamination.pack(["the parcel came on a rainy monday in may"], tmp_path / "sentences.xz")
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "rows.jsonl").write_text('{"text": "The parcel came on a rainy Monday in May."\n')
    assert contamination.found_rows(samples, tmp_path)[0].trained == "the parcel came on a rainy monday in may"


def test_missing_sentences_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        contamination.unpack(tmp_path / "sentences.xz")
    assert "fingerprint" in caught.value.hint
