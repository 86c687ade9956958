import base64
import hashlib
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.markup import Attribute, Tag, el, page, render
from brainswap.report.untrusted import visible
from tests.fakes.hostile_reports import HOSTILE
from tests.fakes.pages import Start, read


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_text(text: str) -> None:
    found = read(render(el("p", {"title": text}, text)))

    assert found.starts == [Start(tag="p", attributes={"title": visible(text)})]
    assert found.text == visible(text)


@given(text=st.text(st.characters()), title=st.text(st.characters()))
def test_any_text_comes_back_as_text(text: str, title: str) -> None:
    found = read(render(el("p", {"title": title}, text)))

    assert found.starts == [Start(tag="p", attributes={"title": visible(title)})]
    assert found.text == visible(text)


def test_markup_that_was_rendered_is_text_to_another_element() -> None:
    assert render(el("p", None, render(el("b", None, "x")))) == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


def test_elements_nest_and_none_is_left_out() -> None:
    assert render(el("p", None, "a", None, el("b", None, "c"), el("br"))) == "<p>a<b>c</b><br></p>"


@pytest.mark.parametrize("tag", ["script", "iframe", "object", "style", "p onclick=x", "img"])
def test_a_tag_that_the_page_has_no_use_for_cannot_be_written(tag: str) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        el(cast("Tag", tag))


@pytest.mark.parametrize("name", ["onclick", "style", "src", "srcdoc", "formaction", 'x" onload="y'])
def test_an_attribute_that_the_page_has_no_use_for_cannot_be_written(name: str) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        el("p", {cast("Attribute", name): "x"})


@pytest.mark.parametrize(
    "place",
    [
        *("https://evil.example", "javascript:alert(1)", "#a b", "#", "data:text/html,x", "//x", ""),
        *("/runs/a/report.html", "a/../report.html", "a/%2e%2e/report.html", "../../../report.html", "a//report.html"),
        *("a:b/report.html", "//evil.example/report.html", "report.html?x", "a/report.exe", "runs/a/report.html\n"),
    ],
)
def test_a_link_does_not_leave_the_page(place: str) -> None:
    with pytest.raises(ValueError, match="page itself"):
        el("a", {"href": place}, "x")


@pytest.mark.parametrize(
    "place", ["report.html", "../../runs/a-1/report.pdf", "with%20space/report.xlsx", "a/b.c/..d/report.json"]
)
def test_a_link_may_lead_to_the_report_of_a_run_nearby(place: str) -> None:
    assert read(render(el("a", {"href": place}, "x"))).attributes("href") == [place]


def test_a_stylesheet_cannot_end_itself() -> None:
    with pytest.raises(ValueError, match="no markup"):
        page(title="x", stylesheet="</style>", body=())


def test_the_policy_of_the_page_allows_its_own_stylesheet_and_nothing_else() -> None:
    found = read(page(title="x", stylesheet="p{}", body=()))

    digest = base64.b64encode(hashlib.sha256(found.styles[0].encode()).digest()).decode()
    policies = [start.attributes["content"] for start in found.starts if "http-equiv" in start.attributes]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    ]
