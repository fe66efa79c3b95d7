"""One rendering for training, evaluation and serving: what transformers would write, to the character."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.bases.base import Base, read_base
from pipeline.bases.chat import Messages, answer_text, render, require_chat, with_system_prompt
from pipeline.errors import BadInput
from tests.support.tiny_model import CHAT_TEMPLATE, make_tiny_base

QUESTION = [{"role": "user", "content": "Where is my parcel?"}]
ANSWERED = [*QUESTION, {"role": "assistant", "content": "delivery"}]
TALK = [*ANSWERED, {"role": "user", "content": "And <|im_end|> my\nmoney? ü€🙂"}, {"role": "assistant", "content": ""}]

# In the manner of published ones: whitespace control, macros, loop controls, filters, special tokens, a date.
LLAMA_LIKE = """{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|im_start|>system\\n" + system_message + "<|im_end|>" }}
{%- for message in messages %}
    {%- if message['content'] is none %}{% continue %}{% endif %}
    {{- '<|im_start|>' + message['role'] + '\\n' }}
    {%- generation %}{{ message['content'] | trim + '<|im_end|>' }}{% endgeneration %}
{%- endfor %}
{%- if tools is not none %}{{ tools | tojson(indent=2) }}{% endif %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""
STRICT = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}[{{ m['content'] }}]<|im_end|>{% endfor %}"
)
REASONING = (  # as Qwen3: the last answer has a thinking part, earlier ones lose theirs
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['role'] == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
REWRITES = "{% for m in messages %}{{ loop.length }}{{ m['content'] }}<|im_end|>{% endfor %}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    found = read_base(make_tiny_base(tmp_path_factory.mktemp("base") / "tiny"))
    patch.undo()
    return replace(found, special_tokens=found.special_tokens | {"bos_token": "<|endoftext|>"})


def with_template(base: Base, template: str) -> Base:
    return replace(base, chat_template=template)


def test_a_question_is_ready_to_be_answered_and_an_answer_is_not(base: Base) -> None:
    assert render(base, QUESTION).endswith("<|im_start|>assistant\n")
    assert render(base, ANSWERED).endswith("delivery<|im_end|>\n")
    assert render(base, ANSWERED).startswith(render(base, QUESTION))


def test_the_system_prompt_goes_first_unless_the_row_has_its_own(base: Base) -> None:
    own = [{"role": "system", "content": "mine"}, *QUESTION]
    assert render(base, QUESTION, "plan's").startswith("<|im_start|>system\nplan's<|im_end|>\n<|im_start|>user")
    assert render(base, own, "plan's") == render(base, own)
    assert with_system_prompt(QUESTION, "") == with_system_prompt(QUESTION, None) == QUESTION


def test_rendering_leaves_the_messages_alone(base: Base) -> None:
    before = [dict(message) for message in TALK]
    render(base, TALK, "prompt")
    assert before == TALK


def test_the_answer_goes_up_to_its_end_token(base: Base) -> None:
    assert answer_text(base, ANSWERED) == "delivery<|im_end|>"
    assert answer_text(base, TALK) == "<|im_end|>"
    named = [*QUESTION, {"role": "assistant", "content": "say <|im_end|> twice"}]
    assert answer_text(base, named) == "say <|im_end|> twice<|im_end|>"


def test_prompt_and_answer_make_the_whole_text(base: Base) -> None:
    for template in (CHAT_TEMPLATE, LLAMA_LIKE, REASONING):
        other = with_template(base, template)
        answer = answer_text(other, ANSWERED, "s")
        assert answer is not None
        assert render(other, ANSWERED, "s").startswith(render(other, QUESTION, "s") + answer)


def test_what_a_reasoning_template_adds_belongs_to_the_answer(base: Base) -> None:
    assert answer_text(with_template(base, REASONING), ANSWERED) == "<think>\n\n</think>\n\ndelivery<|im_end|>"


def test_a_template_that_rewrites_the_question_is_noticed(base: Base) -> None:
    rewriting = with_template(base, REWRITES)
    assert answer_text(rewriting, ANSWERED) is None
    with pytest.raises(BadInput) as caught:
        require_chat(rewriting)
    assert caught.value.code == "base.template_rewrites"


@pytest.mark.parametrize(
    ("template", "stop_tokens", "code"),
    [
        ("", ["<|im_end|>"], "base.no_chat_template"),
        (CHAT_TEMPLATE, [], "base.no_stop_token"),
        (CHAT_TEMPLATE, ["</s>"], "base.template_without_end"),
        (
            "{% for m in messages %}<|im_end|>{{ m['content'] }}{% endfor %}",
            ["<|im_end|>"],
            "base.template_without_end",
        ),
        ("{{ nothing.at.all }}", ["<|im_end|>"], "base.template_refuses"),
        ("{% for %}", ["<|im_end|>"], "base.template_refuses"),
        ("{{ ''.__class__.__mro__ }}", ["<|im_end|>"], "base.template_refuses"),
    ],
)
def test_a_base_that_is_no_chat_model_is_refused(base: Base, template: str, stop_tokens: list[str], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        require_chat(replace(base, chat_template=template, stop_tokens=stop_tokens))
    assert caught.value.code == code
    assert caught.value.hint


def test_chat_models_are_accepted(base: Base) -> None:
    for template in (CHAT_TEMPLATE, LLAMA_LIKE, STRICT, REASONING):
        chat = with_template(base, template)
        require_chat(chat)
        assert QUESTION[-1]["content"] in render(chat, [QUESTION[-1]])


@pytest.mark.parametrize(
    ("messages", "said"),
    [([{"role": "system", "content": "s"}, *QUESTION], "not supported"), ([*QUESTION, *QUESTION], "must alternate")],
)
def test_what_a_template_refuses_is_passed_on(base: Base, messages: Messages, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        render(with_template(base, STRICT), messages)
    assert caught.value.code == "base.template_refuses"


@pytest.mark.heavy
@pytest.mark.parametrize("template", [CHAT_TEMPLATE, LLAMA_LIKE, REASONING])
@pytest.mark.parametrize("messages", [QUESTION, ANSWERED, TALK, TALK[:3]])
def test_transformers_renders_the_same(base: Base, template: str, messages: list[dict[str, str]]) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base.folder, bos_token="<|endoftext|>")
    expected = tokenizer.apply_chat_template(
        with_system_prompt(messages, "Sort it."),
        chat_template=template,
        tokenize=False,
        add_generation_prompt=messages[-1]["role"] != "assistant",
    )
    assert render(with_template(base, template), messages, "Sort it.") == expected


def test_a_published_template_renders(base: Base) -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "smollm2-135m-tokenizer"
    if not folder.is_dir():
        pytest.skip("needs the published tokenizer files beside the checkout")
    published = with_template(base, (folder / "chat_template.jinja").read_text())
    require_chat(published)
    assert "Where is my parcel?" in render(published, QUESTION)
