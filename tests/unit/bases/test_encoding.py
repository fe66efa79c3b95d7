"""Which tokens are trained: exactly the answers and their end tokens, as transformers' own masks say."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import pytest

from pipeline.bases.base import Base, find_base, read_base
from pipeline.bases.encoding import ChatEncoder
from pipeline.bases.tokenizer import base_tokenizer
from pipeline.errors import BadInput
from tests.support.tiny_model import make_tiny_base

CONVERSATION = [
    {"role": "user", "content": "Where is my parcel? The number is 00340."},
    {"role": "assistant", "content": "It left Bremen on Monday."},
    {"role": "user", "content": "ünd when will it be here?\n\nThanks <|im_end|> :-)"},
    {"role": "assistant", "content": "On Wednesday.  "},
]


@pytest.fixture(scope="module", params=["tiny", "pocket"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Base:
    if request.param == "pocket":
        return find_base("pocket")
    return read_base(make_tiny_base(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def tokenizer(base: Base) -> Any:
    """What transformers makes of the same files."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base.folder, local_files_only=True)


def test_who_encodes_for_a_base_shares_its_tokenizer(base: Base) -> None:
    assert base_tokenizer(base) is base_tokenizer(base)
    copy = replace(base, folder=base.folder.with_name("other"))
    with pytest.raises(FileNotFoundError):
        base_tokenizer(copy)


def test_one_answer(base: Base) -> None:
    encoder = ChatEncoder(base)
    found = encoder.encode(CONVERSATION, "Be brief.")
    assert found.input_ids[: found.prompt_length] == encoder.prompt_ids(CONVERSATION[:-1], "Be brief.")
    assert found.trained == [False] * found.prompt_length + [True] * (len(found.input_ids) - found.prompt_length)
    assert found.input_ids[-1] in encoder.end_ids
    assert encoder.decode(found.input_ids[found.prompt_length :]) == CONVERSATION[-1]["content"]
    assert found.labels[: found.prompt_length] == [-100] * found.prompt_length
    assert found.labels[found.prompt_length :] == found.input_ids[found.prompt_length :]


def test_every_answer(base: Base) -> None:
    encoder = ChatEncoder(base)
    found = encoder.encode(CONVERSATION, last_only=False)
    runs: list[list[int]] = [[]]
    for token, is_trained in zip(found.input_ids, found.trained, strict=True):
        if is_trained:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    assert [encoder.decode(ids) for ids in runs if ids] == [CONVERSATION[1]["content"], CONVERSATION[3]["content"]]
    assert all(ids[-1] in encoder.end_ids for ids in runs if ids)


@pytest.mark.heavy
@pytest.mark.parametrize("turns", [2, 4])
@pytest.mark.parametrize("system_prompt", [None, "Answer with the queue only."])
def test_it_is_what_transformers_masks(base: Base, tokenizer: Any, turns: int, system_prompt: str | None) -> None:
    messages = CONVERSATION[:turns]
    with_system = [{"role": "system", "content": system_prompt}, *messages] if system_prompt else messages
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # transformers' own deprecations
        theirs = tokenizer.apply_chat_template(
            with_system, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
    found = ChatEncoder(base).encode(messages, system_prompt, last_only=False)
    # The template may write something after the end token, which no server asks for.
    rest = theirs["input_ids"][len(found.input_ids) :]
    assert theirs["input_ids"][: len(found.input_ids)] == found.input_ids
    assert len(rest) <= 1
    assert [bool(mask) for mask in theirs["assistant_masks"]] == [*found.trained, *[False] * len(rest)]
    assert sum(found.trained) > 2


def test_a_template_that_rewrites_earlier_turns_is_refused(base: Base) -> None:
    forgets = base.chat_template.replace("message['content']", "(message['content'] if loop.last else '...')")
    assert forgets != base.chat_template
    encoder = ChatEncoder(replace(base, chat_template=forgets))
    with pytest.raises(BadInput) as refusal:
        encoder.encode(CONVERSATION, last_only=False)
    assert refusal.value.code == "base.template_rewrites"
