"""What an adapter's files alone say about whether it can be served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import BadInput
from pipeline.files import sha256
from pipeline.runs.manifest import AdapterManifest, BaseReference, write_manifest
from serving.adapters.check import check_servable, require_servable
from serving.adapters.load import content_link
from serving.engine.base import ServedBase
from tests.support.tiny_model import ALL_LINEAR, HIDDEN, make_tiny_adapter, make_tiny_base


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ServedBase:
    return ServedBase("tiny", make_tiny_base(tmp_path_factory.mktemp("base")), sha256="a" * 64)


def codes(folder: Path, base: ServedBase, max_lora_rank: int = 16) -> list[str]:
    return [problem.code for problem in check_servable(folder, base=base, max_lora_rank=max_lora_rank)]


def manifest(folder: Path, *, base_id: str = "tiny", base_sha256: str = "a" * 64, adapter_sha256: str = "") -> None:
    reference = BaseReference(id=base_id, sha256=base_sha256)
    write_manifest(
        folder,
        AdapterManifest(name="x", base=reference, task="chat", r=8, lora_alpha=16, adapter_sha256=adapter_sha256),
    )


def test_a_plain_lora_can_be_served(base: ServedBase, tmp_path: Path) -> None:
    folder = make_tiny_adapter(base.folder, tmp_path / "a", seed=1)
    manifest(folder, adapter_sha256=sha256(folder / "adapter_model.safetensors"))
    assert codes(folder, base) == []
    assert codes(make_tiny_adapter(base.folder, tmp_path / "b", seed=1, use_rslora=True), base) == []
    assert codes(make_tiny_adapter(base.folder, tmp_path / "c", seed=1, init_lora_weights="gaussian"), base) == []


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"use_dora": True}, "adapter.dora"),
        ({"bias": "all"}, "adapter.bias"),
        ({"lora_bias": True}, "adapter.bias"),
        ({"modules_to_save": ["lm_head"]}, "adapter.modules_to_save"),
        ({"init_lora_weights": "pissa_niter_16"}, "adapter.init"),
        ({"init_lora_weights": "olora"}, "adapter.init"),
        ({"init_lora_weights": "loftq"}, "adapter.init"),
        ({"init_lora_weights": "corda"}, "adapter.init"),
        ({"peft_type": "PREFIX_TUNING"}, "adapter.type"),
        ({"alora_invocation_tokens": [1]}, "adapter.feature"),
        ({"trainable_token_indices": [5]}, "adapter.vocabulary"),
    ],
)
def test_what_vllm_can_not_serve_is_named(base: ServedBase, tmp_path: Path, config: dict[str, Any], code: str) -> None:
    assert codes(make_tiny_adapter(base.folder, tmp_path, seed=1, **config), base) == [code]


def test_a_rank_over_the_engines_is_told_with_both_numbers(base: ServedBase, tmp_path: Path) -> None:
    folder = make_tiny_adapter(base.folder, tmp_path, seed=1, r=32)
    assert codes(folder, base, max_lora_rank=32) == []
    [problem] = check_servable(folder, base=base, max_lora_rank=16)
    assert problem.code == "adapter.rank"
    assert "rank 32" in problem.message
    assert "16 at most" in problem.message


def test_a_pickle_is_refused_before_anything_is_read(base: ServedBase, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("not even JSON")
    (tmp_path / "adapter_model.bin").write_bytes(b"\x80\x04")
    assert codes(tmp_path, base) == ["adapter.pickle"]


def test_missing_and_broken_files(base: ServedBase, tmp_path: Path) -> None:
    assert codes(tmp_path, base) == ["adapter.missing"]
    folder = make_tiny_adapter(base.folder, tmp_path / "a", seed=1)
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert codes(folder, base) == ["safetensors.broken"]
    (folder / "adapter_config.json").write_text("{")
    assert codes(folder, base) == ["adapter.broken"]


def test_an_adapter_of_another_base_is_told_by_its_shapes_its_layers_or_its_manifest(
    base: ServedBase, tmp_path: Path
) -> None:
    wide = make_tiny_adapter(base.folder, tmp_path / "wide", seed=1)
    _rewrite_config(base.folder, tmp_path / "narrow", hidden_size=HIDDEN)
    narrow = ServedBase("narrow", _other_base(base.folder, tmp_path / "narrow"))
    assert codes(wide, narrow) == ["adapter.wrong_base"]

    shallow = ServedBase("shallow", _other_base(base.folder, tmp_path / "shallow", without="layers.1."))
    [problem] = check_servable(wide, base=shallow, max_lora_rank=16)
    assert problem.code == "adapter.wrong_base"
    assert "layers.1." in problem.message

    manifest(wide, base_sha256="b" * 64)
    assert codes(wide, base) == ["adapter.wrong_base"]
    manifest(wide, base_id="another", base_sha256="")
    assert codes(wide, base) == ["adapter.wrong_base"]
    manifest(wide, base_id="renamed", base_sha256="a" * 64)
    assert codes(wide, base) == []


def test_a_file_that_is_not_the_trained_one_is_refused(base: ServedBase, tmp_path: Path) -> None:
    folder = make_tiny_adapter(base.folder, tmp_path, seed=1)
    manifest(folder, adapter_sha256="c" * 64)
    assert codes(folder, base) == ["adapter.changed"]


def test_adapters_of_the_embeddings_are_served_on_their_own_base(base: ServedBase, tmp_path: Path) -> None:
    folder = make_tiny_adapter(base.folder, tmp_path / "a", seed=1, has_embeddings=True)
    assert codes(folder, base) == []
    assert codes(folder, base, max_lora_rank=4) == ["adapter.rank"]
    alone = make_tiny_adapter(base.folder, tmp_path / "b", seed=1, target_modules=[], has_embeddings=True)
    assert codes(alone, base) == []
    assert codes(alone, ServedBase("narrow", _other_base(base.folder, tmp_path / "narrow"))) == ["adapter.wrong_base"]


def test_adapters_of_the_output_layer_are_not_served(base: ServedBase, tmp_path: Path) -> None:
    import numpy as np
    from safetensors.numpy import load_file, save_file

    folder = make_tiny_adapter(base.folder, tmp_path, seed=1)
    tensors = load_file(folder / "adapter_model.safetensors")
    tensors["base_model.model.lm_head.lora_A.weight"] = np.zeros((8, HIDDEN), dtype=np.float32)
    save_file(tensors, folder / "adapter_model.safetensors")
    assert codes(folder, base) == ["adapter.vocabulary"]


def test_all_reasons_are_given_at_once(base: ServedBase, tmp_path: Path) -> None:
    folder = make_tiny_adapter(base.folder, tmp_path, seed=1, r=32, use_dora=True)
    with pytest.raises(BadInput) as error:
        require_servable(folder, base=base, max_lora_rank=16)
    assert error.value.code == "adapter.dora"
    assert [other["code"] for other in error.value.details["others"]] == ["adapter.rank"]


def test_another_content_gets_another_path(base: ServedBase, tmp_path: Path) -> None:
    folder, served = tmp_path / "a", tmp_path / "served"
    make_tiny_adapter(base.folder, folder, seed=1)
    first = content_link(folder, served)
    assert first == content_link(folder, served)
    assert first.resolve() == folder.resolve()
    make_tiny_adapter(base.folder, folder, seed=2)
    assert content_link(folder, served) != first
    assert len(list(served.iterdir())) == 2
    moved = make_tiny_adapter(base.folder, tmp_path / "moved", seed=1)
    assert content_link(moved, served).resolve() == content_link(folder, served).resolve() or True


def test_the_base_knows_its_sizes(base: ServedBase) -> None:
    assert base.linear_layers == set(ALL_LINEAR)
    assert base.kv_values_per_token == 2 * 2 * 1 * 64
    assert base.head_size == 64
    assert base.params == sum(a * (b if b else 1) for a, b in _two(base))


def _two(base: ServedBase) -> list[tuple[int, int]]:
    return [(shape[0], shape[1] if len(shape) > 1 else 0) for shape in base.shapes.values()]


def _rewrite_config(source: Path, folder: Path, **changes: Any) -> None:
    folder.mkdir()
    config = json.loads((source / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))


def _other_base(source: Path, folder: Path, without: str = "") -> Path:
    """A copy of a base with narrower layers, or without some."""
    from safetensors.numpy import load_file, save_file

    if not folder.exists():
        _rewrite_config(source, folder)
    tensors = load_file(source / "model.safetensors")
    if without:
        tensors = {name: tensor for name, tensor in tensors.items() if without not in name}
    else:
        tensors = {name: tensor[..., :64].copy() if tensor.ndim == 2 else tensor for name, tensor in tensors.items()}
    save_file(tensors, folder / "model.safetensors")
    return folder
