"""Texts that mark who says what."""

from __future__ import annotations

import pytest

from pipeline.datasets.readers.document import conversation_rows
from pipeline.datasets.transcript import parse_transcript, transcript_style

CHATML = (
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi\n<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>"
)
LLAMA = (
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>"
)


@pytest.mark.parametrize(
    ("text", "style", "turns"),
    [
        (CHATML, "ChatML", [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello")]),
        (LLAMA, "Llama 3", [("user", "Hi"), ("assistant", "Hello")]),
        ("### Human: Hi\n### Assistant: Hello\nthere", "### markers", [("user", "Hi"), ("assistant", "Hello\nthere")]),
        (
            "Below is a task.\n\n### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n### Response:\n3",
            "### markers",
            [("system", "Below is a task."), ("user", "Add.\n\n1, 2"), ("assistant", "3")],
        ),
        ("\n\nHuman: Hi\n\nAssistant: Hello", "Human:/Assistant:", [("user", "Hi"), ("assistant", "Hello")]),
        ("User: a: b\nBot: Hello", "speaker names", [("user", "a: b"), ("assistant", "Hello")]),
        ("**Customer:** Hi\n**Agent:** Hello", "speaker names", [("user", "Hi"), ("assistant", "Hello")]),
    ],
)
def test_turns_are_found_in_every_form(text: str, style: str, turns: list[tuple[str, str]]) -> None:
    assert transcript_style(text) == style
    assert parse_transcript(text) == [{"role": role, "content": content} for role, content in turns]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain prose: nothing else.",
        "User: only one side",
        "### Heading\n\nText",
        "Note: a\nWarning: b",
        "<|im_start|>user\nHi",
    ],
)
def test_texts_without_two_sides_are_none(text: str) -> None:
    assert parse_transcript(text) is None


def test_conversations_are_parted_by_rules_or_blank_lines_and_know_their_lines() -> None:
    one = "User: Hi\n\nBot: Hello\n"
    assert [line for line, _ in conversation_rows(f"{one}---\n{one}")] == [1, 5]
    assert [line for line, _ in conversation_rows("User: a\nBot: b\n\nUser: c\nBot: d\n")] == [1, 4]
    assert [len(turns) for _, turns in conversation_rows("User: a\n\nBot: b\n\nUser: c\n\nBot: d")] == [4]
    assert conversation_rows("A story.\n\nUser: a\nBot: b\n\nIt ends.\n\nReally.") == []
