from pathlib import Path

import pytest

from brainswap.core.cases import Case
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.prompts.template import Message, Prompt
from local.bedrock.casebook import Casebook, References


def found_id(casebook: Casebook, text: str, name: str | None = None) -> str | None:
    found = casebook.find(text, name)
    return None if found is None else found.case.id


def test_a_case_is_found_in_any_prompt_that_its_inputs_are_rendered_into() -> None:
    case = Case(id="one", input={"lines": "first line\n  second line\n", "facts": {"price": [1, 2.5], "name": "café"}})
    casebook = Casebook(cases=[Case(id="other", input={"lines": "first line", "facts": {}}), case])
    prompt = Prompt(system="Facts: {{facts}}!", messages=(Message(role="user", content="<l>{{lines}}</l> and so on"),))
    rendered = prompt.render(case.input)

    assert found_id(casebook, f"{rendered.system}\n{rendered.messages[0].content}") == "one"


def test_an_input_that_the_prompts_do_not_use_need_not_occur() -> None:
    cases = [Case(id="one", input={"question": "What is the answer to everything?", "difficulty": "hard"})]
    text = "Q: What is the answer to everything?"

    assert found_id(Casebook(cases=cases), text) is None
    assert found_id(Casebook(cases=cases, inputs=frozenset({"question"})), text) == "one"


def test_cases_of_several_files_and_of_memory_are_found_alike(tmp_path: Path) -> None:
    first, empty, second = tmp_path / "a.jsonl", tmp_path / "empty.jsonl", tmp_path / "b.jsonl"
    first.write_bytes(
        b'\xef\xbb\xbf{"id": "a1", "input": {"q": "alpha"}}\n\n{"id": "a2", "input": {"q": "b\xc3\xa9ta"}}\r\n'
    )
    empty.write_bytes(b"")
    second.write_bytes(b'{"id": "b1", "input": {"q": "gamma"}, "recorded": {"m": {"output": "x", "labels": {}}}}')
    casebook = Casebook(cases=[Case(id="kept", input={"q": "omega"})], files=[first, empty, second])

    ids = [found_id(casebook, f"Q: {word}") for word in ("alpha", "béta", "gamma", "omega", "delta")]

    casebook.close()
    assert ids == ["a1", "a2", "b1", "kept", None]


def test_one_id_in_two_files_names_both_cases(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "input": {"q": "alpha beta"}}', encoding="utf-8")
    kept = [Case(id="1", input={"q": "gamma"}), Case(id="2", input={"q": "a longer example"})]
    casebook = Casebook(cases=kept, files=[path])

    ids = [found_id(casebook, f"a longer example; {word}", "1") for word in ("gamma", "alpha beta", "delta")]

    casebook.close()
    assert ids == ["1", "1", "2"]


def test_every_line_that_is_no_case_is_reported_with_its_place(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text('{"id": "1", "input": {}}\n{"id": "2"}\nnot JSON\n', encoding="utf-8")
    second.write_text('{"id": "3", "input": {}, "colour": "red"}\n', encoding="utf-8")

    with pytest.raises(InvalidWorkloadError) as caught:
        Casebook(files=[first, second])

    assert [problem.place for problem in caught.value.problems] == [f"{first}:2", f"{first}:3", f"{second}:1"]


def test_references_are_known_by_field_and_the_right_one_is_left_out() -> None:
    references = References()
    for reference in ({"label": "a", "tags": ["x"]}, {"label": "b", "tags": ["y", "x"]}, {"label": "a"}):
        references.add(reference)

    assert references.others("label", "a") == ("b",)
    assert references.others("tags", "y") == ("x",)
    assert references.others("", "a") == ()


def test_true_and_one_are_different_references() -> None:
    references = References()
    for reference in (True, 1, "1", None):
        references.add(reference)

    others = references.others("", "1")
    assert list(map(repr, others)) == ["True", "1"]
