import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.cases import Case
from brainswap.core.personal_data.finding import find
from brainswap.core.personal_data.kinds import Kind
from brainswap.core.personal_data.redaction import found_in, name_key, redact

KEY = b"k" * 32
NAMES = {"text", "AB123456C"}
VALUES = {
    "jane.doe@mail.org": Kind.EMAIL,
    "4111 1111 1111 1111": Kind.CARD,
    "DE89370400440532013000": Kind.IBAN,
    "856-45-6789": Kind.US_SSN,
    "+49 30 1234567": Kind.PHONE,
    "81.2.69.142": Kind.IP_ADDRESS,
    "AKIAIOSFODNN7AAAAAAA": Kind.AWS_KEY,
}
PROSE = st.text(alphabet="abc .,:;!?\n()[]{}\"'é中", max_size=12)
NEAR = st.sampled_from(
    [
        *VALUES,
        "@",
        "+",
        "1",
        " ",
        "-",
        ".",
        "\\n",
        "passport ",
        "123456789",
        "born ",
        "1970-01-01",
        "[CARD-A]",
        "a",
        "٤",
    ]
)
HOSTILE = st.lists(NEAR, max_size=12).map("".join)
CONTENT = st.recursive(
    HOSTILE | st.integers() | st.floats(allow_nan=False) | st.none() | st.booleans() | st.just(4111111111111111),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=6,
)


def redacted(**fields: Any) -> Case:
    return redact(Case.model_validate({"id": "case-1", "input": {}} | fields), KEY, NAMES).case


def text_of(text: str) -> str:
    made = redacted(input={"text": text}).input["text"]
    assert isinstance(made, str)
    return made


@given(st.lists(st.tuples(PROSE, st.sampled_from(sorted(VALUES))), max_size=6), PROSE)
def test_everything_but_the_values_stays_letter_for_letter(parts: list[tuple[str, str]], end: str) -> None:
    numbers: dict[str, str] = {}
    kinds: dict[Kind, int] = {}
    text = expected = ""
    for prose, value in parts:
        kind = VALUES[value]
        if value not in numbers:
            kinds[kind] = kinds.get(kind, 0) + 1
            numbers[value] = f"[{kind.token}-{'ABCDEF'[kinds[kind] - 1]}]"
        text += f"{prose} {value} "
        expected += f"{prose} {numbers[value]} "

    assert text_of(text + end) == expected + end


@given(CONTENT, CONTENT, HOSTILE, HOSTILE)
def test_redacting_twice_is_redacting_once_and_leaves_nothing(
    given_: Any, reference: Any, output: str, name: str
) -> None:
    case = Case(
        id=f"id {name}",
        input={"a": given_, name or "b": output},
        reference=reference,
        cluster=name,
        segment=name,
        recorded={"old": {"output": output, "stop_reason": name}},
        meta=given_,
    )

    once = redact(case, KEY, NAMES)

    assert redact(once.case, KEY, NAMES).case == once.case
    assert not redact(once.case, KEY, NAMES).redacted
    assert not found_in(once.case)
    assert bool(once.redacted) or once.case is case


@given(HOSTILE)
def test_the_same_input_has_the_same_tokens(text: str) -> None:
    assert text_of(text) == text_of(text)


def test_a_value_has_one_token_in_input_reference_and_recordings_whatever_its_spelling() -> None:
    made = redacted(
        input={"mail": "From Jane@Mail.org", "body": [{"card": "4111 1111 1111 1111", "to": "joe@mail.org"}]},
        reference={"card": "4111111111111111", "from": "jane@mail.org"},
        recorded={"old": {"output": '{"card": 4111111111111111, "from": "jane@mail.org"}'}},
        meta={"customer": "joe@mail.org"},
    )

    assert made.input == {"mail": "From [E-MAIL-A]", "body": [{"card": "[CARD-A]", "to": "[E-MAIL-B]"}]}
    assert made.reference == {"card": "[CARD-A]", "from": "[E-MAIL-A]"}
    assert json.loads(made.recorded["old"].output) == made.reference
    assert made.meta == {"customer": "[E-MAIL-B]"}


def test_a_value_that_words_tell_is_redacted_also_where_they_are_missing() -> None:
    made = redacted(
        input={"text": "Born 1 May 1970, passport 123456789"}, reference=["1970-05-01", 123456789, "12345678"]
    )

    assert made.input == {"text": "Born [BIRTH-DATE-A], passport [ID-DOCUMENT-A]"}
    assert made.reference == ["[BIRTH-DATE-A]", "[ID-DOCUMENT-A]", "12345678"]


def test_a_whole_number_that_is_a_card_becomes_text_and_others_stay_numbers() -> None:
    made = redacted(input={"card": 4111111111111111, "sum": 12.5, "read": 4111111111111111.0, "yes": True})

    assert made.input == {"card": "[CARD-A]", "sum": 12.5, "read": "[CARD-A]", "yes": True}


def test_tokens_that_were_there_before_are_not_given_again() -> None:
    assert text_of("[E-MAIL-A] wrote to jane@mail.org") == "[E-MAIL-A] wrote to [E-MAIL-B]"


def test_tokens_go_on_after_z() -> None:
    made = text_of(" ".join(f"jane{number}@mail.org" for number in range(28)))

    assert made.split()[25:] == ["[E-MAIL-Z]", "[E-MAIL-AA]", "[E-MAIL-AB]"]


def test_keys_are_redacted_and_names_that_the_prompt_uses_are_not() -> None:
    made = redacted(
        input={"jane@mail.org": 1, "text": "NI number AB123456C", "AB123456C": {"Joe@mail.org": 2, "joe@mail.org": 3}}
    )

    assert made.input == {
        "[E-MAIL-A]": 1,
        "text": "NI number [NATIONAL-INSURANCE-A]",
        "AB123456C": {"[E-MAIL-B]": 2, "[E-MAIL-B]'": 3},
    }


def test_names_of_cases_stay_different_and_clusters_stay_together() -> None:
    first = redacted(id="jane@mail.org", cluster="team of joe@mail.org", segment="joe@mail.org")
    second = redacted(id="Jane@mail.org", cluster="team of joe@mail.org", segment="en")

    assert first.id != second.id
    assert first.cluster == second.cluster
    assert second.segment == "en"
    assert not any("mail.org" in str(name) for name in (first.id, first.cluster, first.segment, second.id))
    assert redact(Case(id="jane@mail.org", input={}), b"another", NAMES).case.id != first.id


def test_the_key_of_names_is_not_the_hash_that_a_report_tells() -> None:
    assert name_key(io.BytesIO(b"cases")) == name_key(io.BytesIO(b"cases"))
    assert name_key(io.BytesIO(b"cases")) != name_key(io.BytesIO(b"others"))


def test_what_is_found_in_inputs_is_counted_apart_from_the_rest() -> None:
    case = Case(id="c", input={"a": "jane@mail.org, jane@mail.org"}, reference="jane@mail.org, 4111111111111111")

    counted = redact(case, KEY, NAMES)

    assert counted.found == {Kind.EMAIL: 2} == found_in(case)
    assert counted.redacted == {Kind.EMAIL: 3, Kind.CARD: 1}


def test_what_comes_to_light_beside_a_token_is_redacted_too_and_what_goes_on_so_is_withheld_whole() -> None:
    def chained(count: int) -> str:
        return text_of("-".join(["4111111111111111"] * count))

    assert chained(3) == "[CARD-A]-[CARD-A]-[CARD-A]"
    assert chained(50) == "[WITHHELD-A]"


@pytest.mark.parametrize("text", ["jane@mail.org " * 40_000, "4111 " * 100_000, "x" * 5_000_000])
def test_a_value_of_megabytes_is_redacted(text: str) -> None:
    made = text_of(text)

    assert "mail.org" not in made
    assert not find(made)
