"""The shipped tokenizer and chat template: exact round trips, few tokens a word, masks for the assistant's turns."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import resources
from pipeline.bases.pocket.document import Document, Weight
from pipeline.bases.pocket.tokenizer import PRE_TOKENIZER, encode

POCKET = Path(resources.__file__).parent / "pocket"
NEWS = (
    "The council said on Tuesday that the new bridge across the river would open to traffic next spring, two years "
    "later than planned. Residents of the old town had complained for months about noise and dust from the building "
    "site. Children will be allowed to walk across first, followed by cyclists and finally cars."
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(POCKET / "tokenizer.json"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_comes_back_exactly(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


def test_special_tokens_have_the_ids_of_the_config(tokenizer: Any) -> None:
    config = json.loads((POCKET / "config.json").read_text("utf-8"))
    assert tokenizer.token_to_id("<|endoftext|>") == config["pad_token_id"] == config["bos_token_id"]
    assert tokenizer.token_to_id("<|im_end|>") == config["eos_token_id"]
    assert tokenizer.get_vocab_size() == config["vocab_size"]


def test_everyday_words_are_hardly_split(tokenizer: Any) -> None:
    words = [w.strip(".,") for w in NEWS.split()]
    assert sum(len(tokenizer.encode(w).ids) for w in words) / len(words) <= 1.25


def test_a_word_is_the_same_tokens_wherever_it_stands(tokenizer: Any) -> None:
    for word in ["white", "teapot", "late_parcel", "Refund", "zyxw", "ü"]:
        alone = tokenizer.encode(word).ids
        for text in [f"a {word}", f"a\n{word}", f"  {word}, b"]:
            ids = tokenizer.encode(text).ids
            assert any(ids[at : at + len(alone)] == alone for at in range(len(ids)))
    assert [t for t in tokenizer.get_vocab() if t.startswith("Ġ") and t != "Ġ"] == []


@pytest.mark.heavy
def test_transformers_makes_the_same_ids(tokenizer: Any) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(POCKET, local_files_only=True)
    for text in [NEWS, "  two  blanks ", "naïve Ü 東京 🙂\t\n\n x", "<|im_start|>user\n12.50 EUR<|im_end|>\n"]:
        ids = tokenizer.encode(text).ids
        assert theirs(text, add_special_tokens=False)["input_ids"] == ids
        assert theirs.decode(ids) == text


def test_the_pre_tokenizer_is_the_one_that_the_recipe_names(tokenizer: Any) -> None:
    assert PRE_TOKENIZER == "smollm"
    assert [t for t in tokenizer.encode(" 2024").tokens if t != "Ġ"] == ["2", "0", "2", "4"]
    assert [piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str("can't stop")] == ["can", "'t", "Ġstop"]


def test_weights_follow_the_stretches_of_a_document(tokenizer: Any) -> None:
    document = (
        Document("x").add("Hello there", Weight.SKIP).add(" friend", Weight.ANSWER).add("<|im_end|>", Weight.PROSE)
    )
    ids, weights = encode(tokenizer, [document])[0]
    assert len(ids) == len(weights)
    answer = tokenizer.decode([int(i) for i, w in zip(ids, weights, strict=True) if w == Weight.ANSWER])
    assert answer == " friend"
    assert weights[-1] == Weight.PROSE


@pytest.mark.heavy
def test_the_template_masks_exactly_what_the_assistant_says() -> None:
    from transformers import AutoTokenizer

    chat = AutoTokenizer.from_pretrained(POCKET, local_files_only=True)
    messages = [
        {"role": "system", "content": "Sort the message."},
        {"role": "user", "content": "Where is my parcel?"},
        {"role": "assistant", "content": "late_parcel"},
        {"role": "user", "content": "Thanks"},
        {"role": "assistant", "content": "praise"},
    ]
    built = chat.apply_chat_template(messages, return_assistant_tokens_mask=True, return_dict=True)
    said = [i for i, m in zip(built["input_ids"], built["assistant_masks"], strict=True) if m]
    assert chat.decode(said) == "late_parcel<|im_end|>praise<|im_end|>"
    prompt = chat.apply_chat_template(messages[:2], tokenize=False, add_generation_prompt=True)
    turns = ["system\nSort the message.<|im_end|>\n", "user\nWhere is my parcel?<|im_end|>\n", "assistant\n"]
    assert prompt == "".join(f"<|im_start|>{turn}" for turn in turns)
    assert chat.apply_chat_template(messages[:3], tokenize=False).startswith(prompt + "late_parcel<|im_end|>")
