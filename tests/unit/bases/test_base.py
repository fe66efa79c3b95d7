"""A base is described from its files alone, and what is wrong with them is said."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.bases.base import Base, find_base, read_base
from pipeline.errors import BadInput
from pipeline.files import sha256
from tests.support.tiny_model import CHAT_TEMPLATE, CONTEXT, HEAD_DIM, HIDDEN, LAYERS, VOCABULARY, make_tiny_base


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_tiny_base(tmp_path / "tiny-chat")


def edit(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def refusal(folder: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_base(folder)
    assert caught.value.hint
    return caught.value


def test_a_folder_says_what_it_holds(folder: Path) -> None:
    base = find_base(str(folder))
    assert (base.id, base.folder, base.revision) == ("tiny-chat", folder, None)
    assert (base.context, base.vocab_size, base.hidden_size) == (CONTEXT, VOCABULARY, HIDDEN)
    assert (base.num_layers, base.head_dim, base.architecture) == (LAYERS, HEAD_DIM, "LlamaForCausalLM")
    assert (base.chat_template, base.dtype) == (CHAT_TEMPLATE, "float32")
    assert base.sha256 == sha256(folder / "model.safetensors")


def test_weights_are_counted_from_the_header(folder: Path) -> None:
    from safetensors.numpy import load_file

    tensors = load_file(folder / "model.safetensors")
    assert read_base(folder).params == sum(tensor.size for tensor in tensors.values())


def test_stop_tokens_are_the_tokenizers_and_the_generations(folder: Path) -> None:
    assert read_base(folder).stop_tokens == ["<|im_end|>", "<|endoftext|>"]
    edit(folder / "generation_config.json", eos_token_id=0)
    edit(folder / "tokenizer_config.json", eos_token={"content": "<|im_start|>", "special": True})
    assert read_base(folder).stop_tokens == ["<|im_start|>", "<|endoftext|>"]


def test_a_stop_token_of_the_plain_vocabulary_is_known(folder: Path) -> None:
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "generation_config.json").unlink()
    edit(folder / "config.json", eos_token_id=vocabulary["a"])
    edit(folder / "tokenizer_config.json", eos_token=None)
    assert read_base(folder).stop_tokens == ["a"]


def test_a_template_of_its_own_goes_before_the_tokenizers(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    assert read_base(folder).chat_template == "{{ messages }}"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ([{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}], "d"),
        ([{"name": "tool_use", "template": "t"}], ""),
        (None, ""),
    ],
)
def test_of_named_templates_the_default_counts(folder: Path, template: Any, expected: str) -> None:
    edit(folder / "tokenizer_config.json", chat_template=template)
    assert read_base(folder).chat_template == expected


def test_the_language_model_of_a_larger_one_is_described(folder: Path) -> None:
    inner = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({"architectures": ["WholeModel"], "text_config": inner}))
    assert read_base(folder).hidden_size == HIDDEN


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\n---\n# Card\n", "apache-2.0"),
        ("---\nlanguage: en\nlicense: 'mit'\n---\n", "mit"),
        ("license: in the text only\n", ""),
        ("# Card\n\nlicense: no front matter\n---\n---\n", ""),
    ],
)
def test_the_licence_stands_in_the_front_matter(folder: Path, card: str, licence: str) -> None:
    (folder / "README.md").write_text(card)
    assert read_base(folder).licence == licence


def _split_weights(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    parts = {"model-00001-of-00002.safetensors": names[:5], "model-00002-of-00002.safetensors": names[5:]}
    for file, held in parts.items():
        save_file({name: tensors[name] for name in held}, folder / file)
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {name: file for file, held in parts.items() for name in held}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def test_weights_in_several_files_have_one_identity(folder: Path) -> None:
    whole = read_base(folder)
    _split_weights(folder)
    parts = read_base(folder)
    assert parts.params == whole.params
    assert parts.sha256 not in (whole.sha256, sha256(folder / "model-00001-of-00002.safetensors"))
    (folder / "model-00002-of-00002.safetensors").unlink()
    assert refusal(folder).code == "base.no_weights"


def test_hashes_are_kept_and_changed_weights_noticed(folder: Path, cache: Path) -> None:
    first = read_base(folder).sha256
    kept = list(cache.rglob("*.json"))
    assert [json.loads(path.read_text())["sha256"] for path in kept] == [first]
    kept[0].write_text("torn")
    assert read_base(folder).sha256 == first
    make_tiny_base(folder, seed=1)
    assert read_base(folder).sha256 == sha256(folder / "model.safetensors") != first


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("config.json", "base.not_found"),
        ("tokenizer.json", "base.no_tokenizer"),
        ("model.safetensors", "base.no_weights"),
    ],
)
def test_a_missing_file_is_named(folder: Path, missing: str, code: str) -> None:
    (folder / missing).unlink()
    error = refusal(folder)
    assert error.code == code
    assert str(folder) in error.message


@pytest.mark.parametrize("content", ["{", "[]", '{"hidden_size": 64}'])
def test_a_broken_configuration_is_refused(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    assert refusal(folder).code == "base.broken"


@pytest.mark.parametrize("size", [0, 7, 200, 100_000])
def test_a_cut_weight_file_is_refused(folder: Path, size: int) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    assert refusal(folder).code == "base.broken"


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    error = refusal(folder)
    assert error.code == "base.pickle"
    assert "pytorch_model.bin" in error.message


def _hub_cache(root: Path, folder: Path, commit: str) -> None:
    """The layout of the Hugging Face cache: snapshots of links into blobs, large blobs named by their hash."""
    repository = root / "models--org--tiny"
    snapshot, blobs = repository / "snapshots" / commit, repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    for file in folder.iterdir():
        blob = blobs / sha256(file)
        shutil.copyfile(file, blob)
        (snapshot / file.name).symlink_to(blob)


def test_a_hub_id_is_found_in_the_cache_only(
    folder: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    commit = "0123456789abcdef0123456789abcdef01234567"
    _hub_cache(tmp_path / "hub", folder, commit)
    base = find_base("org/tiny")
    assert (base.id, base.revision) == ("org/tiny", commit)
    assert base.sha256 == sha256(folder / "model.safetensors")
    assert not list(cache.rglob("*.json")), "the hash is the blob's name: nothing had to be read"
    assert find_base("org/tiny", commit).folder == base.folder
    with pytest.raises(BadInput, match="at revision v2") as caught:
        find_base("org/tiny", "v2")
    assert "hf download org/tiny --revision v2" in caught.value.hint


@pytest.mark.parametrize("name", ["org/nowhere", "nowhere", "no/such/folder", "../nowhere"])
def test_an_unknown_base_is_said_with_what_to_do(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(BadInput) as caught:
        find_base(name)
    assert caught.value.code == "base.not_found"
    assert "pocket" in caught.value.hint


def test_a_base_is_described_without_torch_and_transformers(folder: Path) -> None:
    script = (
        "import sys; from pipeline.bases.base import find_base; from pipeline.bases.chat import require_chat;"
        f"require_chat(find_base({str(folder)!r}));"
        "print([name for name in ('torch', 'transformers', 'huggingface_hub', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_embedded_base_is_a_chat_model() -> None:
    folder = Path(__file__).resolve().parents[3] / "resources" / "pocket"
    if not (folder / "model.safetensors").is_file():
        pytest.skip("the embedded base is not built yet: python -m pipeline.bases.pocket")
    base: Base = find_base("pocket")
    assert (base.id, base.head_dim) == ("pocket", 64)
    assert base.context >= 2048
    assert base.stop_tokens
