"""What is rendered in another notation is the very text that is rendered here."""

import re
import string
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brainswap.core.exports.notation import (
    double_braces,
    identifiers,
    nunjucks,
    nunjucks_text,
    pieces,
    python_format,
    single_underscores,
)
from brainswap.core.prompts.template import PLACEHOLDER, Message, Prompt

BEDROCK_NAME = re.compile(r"([0-9a-zA-Z][_-]?){1,100}")
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,6}", fullmatch=True)
texts = st.text(alphabet="ab {}%#\"'\\\n-é", max_size=12)


@st.composite
def templates(draw: st.DrawFn) -> str:
    parts = draw(
        st.lists(st.one_of(texts, names.map("{{{{{}}}}}".format), names.map("{{{{ {} }}}}".format)), max_size=8)
    )
    return "".join(parts)


def rendered_here(template: str, values: Mapping[str, str]) -> str:
    return Prompt(system=None, messages=(Message(role="user", content=template),)).render(values).messages[0].content


def rendered_by_nunjucks(template: str, values: Mapping[str, str]) -> str:
    """Nunjucks' lexer, as far as substitution and texts in double quotes go; anything else is an error."""
    said, place = "", 0
    while (opened := re.compile(r"\{\{|\{%|\{#").search(template, place)) is not None:
        said += template[place : opened.start()]
        tag = re.compile(r'\{\{\s*(?:([A-Za-z_]\w*)|"([^"\\]*)")\s*\}\}').match(template, opened.start())
        assert tag is not None, f"a syntax error at {template[opened.start() :][:20]!r}"
        said += tag.group(2) if tag.group(1) is None else values[tag.group(1)]
        place = tag.end()
    return said + template[place:]


def values_of(template: str) -> dict[str, str]:
    return {name: f"<{name} {{{{x}}}} {{0}} %>" for name in PLACEHOLDER.findall(template)}


@given(template=templates())
@example(template='{"a": {{{a}}}}')
@example(template="{{{{a}}{{b}}}}")
@example(template="{% if x %}{# c #}{{a.b}}{{a_b}}")
def test_str_format_renders_the_same_text(template: str) -> None:
    values = values_of(template)
    called = identifiers(values)

    there = string.Formatter().vformat(
        python_format(template, called), (), {called[name]: value for name, value in values.items()}
    )

    assert there == rendered_here(template, values)


@given(template=templates())
@example(template='{"a": {{{a}}}}')
@example(template="{{{{a}}{{b}}}}{")
@example(template="{% if x %}{# c #}{{a.b}}{{a_b}}")
def test_nunjucks_renders_the_same_text(template: str) -> None:
    values = values_of(template)
    called = identifiers(values)

    there = rendered_by_nunjucks(nunjucks(template, called), {called[name]: value for name, value in values.items()})

    assert there == rendered_here(template, values)


@given(text=st.text(alphabet='a{}%#" '))
def test_a_value_is_no_template_for_nunjucks(text: str) -> None:
    assert rendered_by_nunjucks(nunjucks_text(text), {}) == text


@given(template=templates())
def test_double_braces_render_the_same_text_where_no_brace_touches_a_placeholder(template: str) -> None:
    values = values_of(template)
    called = single_underscores(values)
    touching = any("{" in each.text or "}" in each.text for each in pieces(template) if not each.is_name)

    there = rendered_here(double_braces(template, called), {called[name]: value for name, value in values.items()})

    assert touching or there == rendered_here(template, values)


@given(chosen=st.sets(names, max_size=12))
def test_no_two_placeholders_get_one_name_and_all_names_are_allowed(chosen: set[str]) -> None:
    for renamed, form in ((identifiers(chosen), r"[A-Za-z]\w*"), (single_underscores(chosen), BEDROCK_NAME.pattern)):
        assert renamed.keys() == chosen
        assert len(set(renamed.values())) == len(chosen)
        assert all(re.fullmatch(form, name) for name in renamed.values())


@pytest.mark.parametrize(
    ("name", "identifier", "bedrock"),
    [("question", "question", "question"), ("a.b", "a_b", "a_b"), ("a-b", "a_b", "a-b"), ("a__b", "a__b", "a_b")],
)
def test_a_name_is_kept_where_it_can_be(name: str, identifier: str, bedrock: str) -> None:
    assert identifiers([name]) == {name: identifier}
    assert single_underscores([name]) == {name: bedrock}
