import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.de import idnr
from stdnum.us import ssn

from brainswap.core.personal_data import checks
from brainswap.core.personal_data.finding import find
from brainswap.core.personal_data.kinds import Kind

LONG = 200_000
WIDE_CARD = "".join(chr(0xFF10 + int(digit)) for digit in "4111111111111111")


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind.value, text[one.start : one.end]) for one in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to jane.doe@mail.org, please", "email", "jane.doe@mail.org"),
        ("-o'brien@mail.co.uk", "email", "o'brien@mail.co.uk"),
        ("邮箱jane@mail.org请", "email", "jane@mail.org"),
        (r'{"text": "Hello\njane@mail.org"}', "email", "jane@mail.org"),
        ("4111 1111 1111 1111 123", "card", "4111 1111 1111 1111"),
        ("exp 12/27 5555-5555-5555-4444", "card", "5555-5555-5555-4444"),
        ("1234 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("3782 822463 10005", "card", "3782 822463 10005"),
        (f"卡号{WIDE_CARD}", "card", WIDE_CARD),
        ("١٢ ٤١١١١١١١١١١١١١١١", "card", "٤١١١١١١١١١١١١١١١"),
        ("4111\u00a01111\u00a01111\u00a01111", "card", "4111\u00a01111\u00a01111\u00a01111"),
        ("GB82 WEST 1234 5698 7654 32", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("DE89 3704 0044 0532 0130 00 BIC COBADEFF", "iban", "DE89 3704 0044 0532 0130 00"),
        ("de89370400440532013000.", "iban", "de89370400440532013000"),
        ("it is 856-45-6789.", "us_ssn", "856-45-6789"),
        ("social security number: 856456789", "us_ssn", "856456789"),
        ("+49 30 1234567", "phone", "+49 30 1234567"),
        ("Call +1 (212) 555-2368!", "phone", "+1 (212) 555-2368"),
        ("+33 6 12 34 56 78 2024", "phone", "+33 6 12 34 56 78"),
        ("http://81.2.69.142/x", "ip_address", "81.2.69.142"),
        ("from 2a00:1450:4001:81b::200e.", "ip_address", "2a00:1450:4001:81b::200e"),
        ("AB 12 34 56 C", "uk_nino", "AB 12 34 56 C"),
        ("my NI number is AB123456C", "uk_nino", "AB123456C"),
        ("Steuer-ID 86 095 742 719", "german_tax_id", "86 095 742 719"),
        ("Passport no. 123456789", "passport", "123456789"),
        ("id: AKIAIOSFODNN7AAAAAAA", "aws_key", "AKIAIOSFODNN7AAAAAAA"),
        ("born on 3 May 1970", "birth_date", "3 May 1970"),
        ("geboren am 1. Januar 1970", "birth_date", "1. Januar 1970"),
        ('"date_of_birth": "1970-01-01"', "birth_date", "1970-01-01"),
        ("DOB: 01/02/1970", "birth_date", "01/02/1970"),
    ],
)
def test_each_kind_is_found_as_people_write_it(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "jane@example.org and joe@shop.test",
        "icon@2x.png",
        "git@github.com:brainswap",
        "4111 1111 1111 1112",
        "1234567890123452",
        "0.4111111111111111",
        "GB82 WEST 1234 5698 7654 33",
        "000-12-3456, 666-12-3456, 900-12-3456, 078-05-1120",
        "+1.23456789 and +12 cm",
        "+1 555 123 4567, +1 212 555 0123",
        "10.0.0.1, 192.168.1.20, 127.0.0.1, 192.0.2.44, 8.8.8.8",
        "version 81.22.69.14, section 3.1.2.4, Chrome/120.10.69.109",
        "2001:db8:1:2::1, fe80::1, 12:34:56, std::vector",
        "AB123456C, QQ 12 34 56 C, GB 12 34 56 C",
        "12345678901",
        "123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "1970-01-01, born 1970, born on 31 February 1970",
        "[SSN-A] 123456789 [BIRTH-DATE-A] 1970-01-01 [ID-DOCUMENT-A] 123456789 [CARD-SSN] 123456789",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Jane@Mail.org", "jane@mail.org"),
        ("4111 1111 1111 1111", "4111-1111-1111-1111"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("born 1 May 1970", "date of birth: 1970-05-01"),
    ],
)
def test_spellings_of_one_value_are_the_same_value(first: str, second: str) -> None:
    assert find(first)[0].value == find(second)[0].value


def test_a_field_s_name_says_what_its_value_is() -> None:
    (one,) = find("123456789", field="passport_number")

    assert (one.kind, one.start, one.end) == (Kind.PASSPORT, 0, 9)
    assert find("123456789", field="order_number") == []


def test_a_known_value_is_found_without_the_words_that_told_it() -> None:
    known = {(Kind.BIRTH_DATE, "1970-05-01")}

    assert [one.kind for one in find("It was 1 May 1970.", known=known)] == [Kind.BIRTH_DATE]


def test_findings_that_overlap_are_one_that_holds_them_all() -> None:
    text = "4111 1111 1111 1111@mail.org"

    assert found(text) == [("card", text)]


@given(st.text(alphabet="0123456789", min_size=2, max_size=19))
def test_the_check_digit_of_cards_is_luhn_s(number: str) -> None:
    assert checks.luhn(number) == luhn.is_valid(number)


@given(st.integers(1_000_000_000, 9_999_999_999))
def test_german_tax_ids_are_those_of_an_independent_implementation(number: int) -> None:
    for last in "0123456789":
        assert bool(checks.german_tax_id(f"{number}{last}")) == idnr.is_valid(f"{number}{last}")


@given(st.integers(0, 999_999_999))
def test_social_security_numbers_are_those_of_an_independent_implementation(number: int) -> None:
    written = f"{number:09}"

    assert bool(checks.us_ssn(written)) == (ssn.is_valid(written) and written not in checks._SSN_ADVERTISED)


@pytest.mark.parametrize(("country", "length"), sorted(checks._IBAN_LENGTHS.items()))
def test_every_country_s_account_number_is_found_whole_and_no_other_length_is(country: str, length: int) -> None:
    account = "1" * (length - 4)
    whole = country + iban.calc_check_digits(f"{country}00{account}") + account

    assert checks.iban(whole) == length
    assert checks.iban(f"{whole} AND MORE") == length
    assert not checks.iban(whole[:-1])
    assert not checks.iban(f"{whole}1")


@pytest.mark.parametrize(
    "unit",
    [
        "a@",
        "x@a.",
        "1",
        "1 ",
        "4111 ",
        "+1 ",
        "+1(",
        "1.",
        "2abc:",
        "DE89 3704 ",
        "passport ",
        "born 1 a",
        "AKIA",
        "\\n1",
    ],
)
def test_endless_repetition_is_looked_through(unit: str) -> None:
    text = (unit * LONG)[:LONG] + " jane@mail.org"

    assert "jane@mail.org" in text[find(text)[-1].start :]


@given(st.text())
def test_any_text_is_looked_through_and_findings_stand_apart(text: str) -> None:
    places = [place for one in find(text) for place in (one.start, one.end)]

    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)
