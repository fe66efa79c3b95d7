"""The arithmetic of mixed batches: each row with its own adapter, and the base's rows with none."""

from __future__ import annotations

import os
from typing import Any

import pytest

pytestmark = pytest.mark.heavy

torch = pytest.importorskip("torch")
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")

WIDTHS = (6, 4, 4)  # of a merged layer's slices
INPUT, RANK, SLOTS = 10, 3, 2
BASE = 0  # vLLM's number for "no adapter"


@pytest.fixture(scope="module")
def vllm_lora() -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of third parties, while they are imported
        from vllm.lora.layers import LoRAMapping
        from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU

        from serving.engine import base_rows
    return {"mapping": LoRAMapping, "stock": PunicaWrapperCPU, "ours": base_rows}


def _added(wrapper_class: Any, mapping: Any, rows: list[int], *, is_prefill: bool) -> tuple[Any, Any]:
    """What a wrapper adds to a merged layer's output, and what it should add."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(len(rows), INPUT, generator=generator)
    a = tuple(torch.randn(SLOTS, 1, RANK, INPUT, generator=generator) for _ in WIDTHS)
    b = tuple(torch.randn(SLOTS, 1, width, RANK, generator=generator) for width in WIDTHS)
    wrapper = wrapper_class(64, 64, "cpu")
    ids = [11, 12]  # adapter in each slot
    wrapper.update_metadata(mapping(tuple(rows), tuple(rows), is_prefill=is_prefill), ids, SLOTS + 1, 100)
    y = torch.zeros(len(rows), sum(WIDTHS))
    wrapper.add_lora_linear(y, x, a, b, 1.0, WIDTHS)
    expected = torch.zeros_like(y)
    for row, adapter in enumerate(rows):
        if adapter != BASE:
            slot = ids.index(adapter)
            parts = [x[row] @ a[part][slot, 0].T @ b[part][slot, 0].T for part in range(len(WIDTHS))]
            expected[row] = torch.cat(parts)
    return y, expected


BATCHES = [
    [BASE, 11, 12, BASE, 11],
    [11, 11, BASE, BASE, 12, 12],
    [BASE, BASE],
    [12],
    [11, 12, 11, 12],
]


@pytest.mark.parametrize("rows", BATCHES)
@pytest.mark.parametrize("is_prefill", [True, False])
def test_each_row_gets_its_own_adapter_and_the_base_none(vllm_lora: Any, rows: list[int], *, is_prefill: bool) -> None:
    wrapper = vllm_lora["ours"].GroupedPunicaWrapper
    added, expected = _added(wrapper, vllm_lora["mapping"], rows, is_prefill=is_prefill)
    assert torch.allclose(added, expected, atol=1e-5)


@pytest.mark.parametrize("rows", BATCHES)
def test_embeddings_of_each_row_get_its_own_adapter_and_the_base_none(vllm_lora: Any, rows: list[int]) -> None:
    generator = torch.Generator().manual_seed(0)
    looked_up = torch.randn(len(rows), RANK, generator=generator)
    b = torch.randn(SLOTS, 1, INPUT, RANK, generator=generator)
    wrapper, ids = vllm_lora["ours"].GroupedPunicaWrapper(64, 64, "cpu"), [11, 12]
    wrapper.update_metadata(vllm_lora["mapping"](tuple(rows), tuple(rows), is_prefill=True), ids, SLOTS + 1, 100)
    y = torch.zeros(len(rows), INPUT)
    wrapper.add_lora_embedding(y, looked_up, b, add_input=True)
    for row, adapter in enumerate(rows):
        expected = torch.zeros(INPUT) if adapter == BASE else looked_up[row] @ b[ids.index(adapter), 0].T
        assert torch.allclose(y[row], expected, atol=1e-5)


def test_stock_vllm_fails_the_same_check(vllm_lora: Any) -> None:
    added, expected = _added(vllm_lora["stock"], vllm_lora["mapping"], BATCHES[0], is_prefill=False)
    assert torch.allclose(added[1], expected[1], atol=1e-5)
    assert (added[0] - expected[0]).abs().max() > 0.1


def test_an_unknown_vllm_is_refused(vllm_lora: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.errors import Failed

    base_rows = vllm_lora["ours"]
    monkeypatch.setattr(base_rows.vllm, "__version__", "0.99.0")
    with pytest.raises(Failed) as version:
        base_rows.install()
    assert version.value.code == "engine.unknown_vllm"
    monkeypatch.undo()
    monkeypatch.setitem(base_rows.EXPECTED_PARAMETERS, "add_lora_linear", ["self"])
    with pytest.raises(Failed, match="add_lora_linear changed"):
        base_rows.install()
