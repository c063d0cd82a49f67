"""Chat templates and the formats they teach, reduced to what tells them apart."""

from __future__ import annotations

from typing import get_args

import pytest

from homeport.core.parsers import Family, ModelFormat, detect_family, detect_format
from homeport.core.parsers.formats import DEEPSEEK_CALL_BEGIN, DEEPSEEK_CALLS_BEGIN, DEEPSEEK_SEP, OPENING_TAGS

QWEN25 = """answer within <tool_call></tool_call> tags: {"name": <name>, "arguments": <object>} <|im_end|>"""
QWEN3 = QWEN25 + """{% if not thinking %}<think>\n\n</think>\n\n{% endif %}"""
QWEN3_CODER = """<tool_call>\n<function={{ name }}>\n<parameter={{ key }}>"""
GLM = """<tool_call>{{ name }}<arg_key>{{ key }}</arg_key>"""
LLAMA31 = """<|start_header_id|><|python_tag|>{{ call }} {"name": {{ name }}, "parameters": {{ x }}}"""
LLAMA32 = (
    """<|start_header_id|>{{ role }}<|end_header_id|>{"name": {{ name }}, "parameters": {{ arguments | tojson }}}"""
)
LLAMA3 = """<|start_header_id|>{{ role }}<|end_header_id|>\n\n{{ content }}<|eot_id|>"""
MISTRAL7 = """[TOOL_CALLS] [{{ function }}, "id": {{ id }}]"""
MISTRAL11 = """[TOOL_CALLS]{{ name }}[CALL_ID]{{ id }}[ARGS]{{ arguments }}"""
MISTRAL13 = """[TOOL_CALLS]{{ name }}[ARGS]{{ arguments }}"""
MAGISTRAL = MISTRAL13 + """[THINK]{{ thinking }}[/THINK]"""
DEEPSEEK_R1 = f"""{DEEPSEEK_CALLS_BEGIN}{DEEPSEEK_CALL_BEGIN}{{{{ type }}}}{DEEPSEEK_SEP}{{{{ name }}}}
```json {{{{ arguments }}}} ``` {{{{ content.split('</think>') }}}} <think>"""
DEEPSEEK_V31 = (
    f"""{DEEPSEEK_CALLS_BEGIN}{DEEPSEEK_CALL_BEGIN}{{{{ name }}}}{DEEPSEEK_SEP}{{{{ arguments }}}} </think>"""
)
CHATML = """<|im_start|>{{ role }}\n{{ content }}<|im_end|>"""

THINK, BRACKETS = ("<think>", "</think>"), ("[THINK]", "[/THINK]")


@pytest.mark.parametrize(
    ("template", "format"),
    [
        (QWEN25, ModelFormat("hermes")),
        (QWEN3, ModelFormat("hermes", THINK)),
        (QWEN3_CODER, ModelFormat("plain")),
        (GLM, ModelFormat("plain")),
        (LLAMA31, ModelFormat("llama3")),
        (LLAMA32, ModelFormat("llama3")),
        (LLAMA3, ModelFormat("plain")),
        (MISTRAL7, ModelFormat("mistral")),
        (MISTRAL11, ModelFormat("mistral_v11")),
        (MISTRAL13, ModelFormat("mistral_v11")),
        (MAGISTRAL, ModelFormat("mistral_v11", BRACKETS)),
        (DEEPSEEK_R1, ModelFormat("deepseek", THINK)),
        (DEEPSEEK_V31, ModelFormat("deepseek_v31", THINK)),
        (CHATML, ModelFormat("plain")),
        (CHATML + "{{ response_format }}", ModelFormat("plain", shows_schema=True)),
        ("", ModelFormat("plain")),
    ],
)
def test_a_template_shows_its_format(template: str, format: ModelFormat) -> None:
    assert detect_format(template) == format
    assert detect_family(template) == format.family


@pytest.mark.parametrize(
    ("prompt", "opens"),
    [
        ("<|im_start|>assistant\n<think>\n", True),
        ("<|Assistant|><think>", True),
        ("<|im_start|>assistant\n", False),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", False),
        ("what does <think> mean?<|im_end|>\n", False),
    ],
)
def test_whether_the_prompt_opens_the_reasoning(prompt: str, opens: bool) -> None:
    assert detect_format(QWEN3).opens_reasoning(prompt) is opens
    assert not detect_format(QWEN25).opens_reasoning(prompt)


@pytest.mark.parametrize("family", get_args(Family))
def test_every_tag_the_parser_looks_for_must_be_rendered(family: Family) -> None:
    """An engine that hides control tokens would hide the call."""
    assert {*OPENING_TAGS[family], *THINK} <= set(ModelFormat(family, THINK).special_texts)
