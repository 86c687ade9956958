"""Take personal data out of cases, so that they can still be answered and scored.

In what a model may see, but for files that go with a case, in the reference, the recordings and ``meta``, a value
becomes ``[E-MAIL-A]``: its kind, and a letter in the order in which the values of its kind come in the case, A to Z,
AA and so on. Counting was preferred to a keyed hash. It says nothing of the value, so that there is no key to keep
and nothing to try out, which matters where a kind has few values, as phone numbers have. It cannot collide: two
values of a case never have the same letters, and tokens that the case held before are passed over. It depends on the
case alone, so that a later run asks the same question and finds its answer kept, whereas a salt for each run would
have every answer paid for again. And it cannot be linked: that two cases are about the same person is not told to
anybody who sees the prompts, and no answer suffers, because no case is asked together with another. The price is that
``[E-MAIL-A]`` of two cases may be two people; nothing compares them. Letters were preferred to digits, because a
scorer of numbers would read a 1 in ``[CARD-1]``.

Counting would not do for what ties cases together or tells them apart: ``id``, ``segment``, ``cluster``. There a value
becomes ``[E-MAIL-…]`` with 80 bits of a keyed hash (HMAC-SHA-256) in letters, the same in all cases. The key is a hash
of the whole file of cases with a prefix (see `name_key`), so that whoever has the cases can make it again and nobody
else can: it stands in no file, and the hash that a report names does not lead to it.

Spellings of one value have one token, such as ``4111 1111 1111 1111`` and ``4111111111111111``. A bare number that is
the value of a JSON object's member inside a text becomes a JSON string, so that what was JSON stays JSON; so does a
number of a case itself.
"""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from string import ascii_uppercase
from typing import Any, BinaryIO

from brainswap.core.cases import Case, Recorded, RecordedStep
from brainswap.core.personal_data.conversations import replaced
from brainswap.core.personal_data.finding import Finding, find, texts_of, written_number
from brainswap.core.personal_data.kinds import Kind

# What a token leaves on both sides of it may be personal data only now, because what stood beside it is gone. A text
# that goes on so was written for it, and is withheld as a whole.
_PASSES = 8
_WITHHELD = "WITHHELD"
_ALPHABET = ascii_uppercase

_CHUNK = 1 << 20
_HASH_BYTES = 10

_TOKEN = re.compile(rf"\[(?:{'|'.join([*(kind.token for kind in Kind), _WITHHELD])})-[A-Z]{{1,9}}\]")
_MEMBER = re.compile(r'"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}\Z')
_MEMBER_ENDS = re.compile(r"[ \t\r\n]{0,8}[,}\]]")
_LONGEST_MEMBER = 17  # characters that `_MEMBER` may match


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A case without the personal data that was found in it.

    Attributes:
        found: values in the input by kind, each time that they come.
        redacted: values in all of the case.
    """

    case: Case
    found: Mapping[Kind, int]
    redacted: Mapping[Kind, int]


def name_key(stream: BinaryIO) -> bytes:
    """The key for names of cases: of the bytes of their file, and not the hash of these that everybody is told."""
    digest = hashlib.sha256(b"names of cases\0")
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()


def found_in(case: Case) -> Counter[Kind]:
    """What a model would be sent, by kind: the values of the input, earlier turns, passages and results of tools."""
    return Counter(one.kind for field, text in _given(case) for one in find(text, field=field))


def redact(case: Case, key: bytes, placeholders: Collection[str]) -> Redacted:
    """The case with a token for each value; itself where nothing is found. Twice is the same as once.

    Args:
        case: with the split that its own id and cluster give it.
        key: see `name_key`.
        placeholders: of the prompt; inputs keep the names by which it asks for them.
    """
    names_of_inputs = [name for name in case.input if name not in placeholders]
    names_of_case = [name for name in (case.id, case.segment, case.cluster) if name is not None]
    texts = [*_contents(case), *(("", name) for name in (*names_of_inputs, *names_of_case))]
    if not any(find(text, field=field) for field, text in texts):
        return Redacted(case=case, found={}, redacted={})
    content = _Content(_tokens_in(text for _, text in texts), placeholders)
    names = Counter[Kind]()
    redacted = content.redacted(case).model_copy(
        update={
            "id": _name(case.id, key, names),
            "segment": None if case.segment is None else _name(case.segment, key, names),
            "cluster": None if case.cluster is None else _name(case.cluster, key, names),
        }
    )
    return Redacted(case=redacted, found=content.found, redacted=content.found + content.elsewhere + names)


def _given(case: Case) -> Iterator[tuple[str, str]]:
    for name, value in case.input.items():
        yield from texts_of(value, name)
    if case.is_plain:
        return
    said: list[tuple[str, str]] = []

    def see(value: Any) -> Any:
        said.extend(texts_of(value))
        return value

    replaced(case, see)
    yield from said


def _contents(case: Case) -> Iterator[tuple[str, str]]:
    yield from _given(case)
    yield from texts_of(case.reference)
    for recorded in (each for whole in case.recorded.values() for each in (whole, *whole.steps.values())):
        yield "", recorded.output
        yield "", recorded.stop_reason or ""
        for call in recorded.tool_calls:
            yield from texts_of(call.arguments)
    yield from texts_of(case.meta)


def _tokens_in(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(token for text in texts for token in _TOKEN.findall(text))


class _Content:
    """The contents of one case, with the tokens that they were given so far."""

    def __init__(self, taken: Collection[str], placeholders: Collection[str]) -> None:
        self.found: Counter[Kind] = Counter()
        self.elsewhere: Counter[Kind] = Counter()
        self._counted = self.found
        self._taken = taken
        self._placeholders = placeholders
        self._tokens: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, Iterator[int]] = {}
        self._known: set[tuple[Kind, str]] = set()
        self._last = False

    def redacted(self, case: Case) -> Case:
        """Go over the case until nothing is found: what one field tells of a value counts for the others too."""
        for number in range(_PASSES + 1):
            self._last = number == _PASSES
            before = self.found.total() + self.elsewhere.total()
            case = self._once(case)
            if self.found.total() + self.elsewhere.total() == before:
                break
        return case

    def _once(self, case: Case) -> Case:
        self._counted = self.found
        given = self._mapping(case.input, kept=self._placeholders)
        said = replaced(case, self._value)
        self._counted = self.elsewhere
        return case.model_copy(
            update={
                **said,
                "input": given,
                "reference": self._value(case.reference),
                "recorded": {name: self._recorded(recorded) for name, recorded in case.recorded.items()},
                "meta": self._value(case.meta),
            }
        )

    def _recorded(self, recorded: Recorded) -> Recorded:
        steps = {name: step.model_copy(update=self._said(step)) for name, step in recorded.steps.items()}
        return recorded.model_copy(update={**self._said(recorded), "steps": steps})

    def _said(self, recorded: RecordedStep) -> dict[str, Any]:
        reason = recorded.stop_reason
        return {
            "output": self._text(recorded.output),
            "stop_reason": None if reason is None else self._text(reason),
            "tool_calls": tuple(
                call.model_copy(update={"arguments": self._mapping(call.arguments)}) for call in recorded.tool_calls
            ),
        }

    def _value(self, value: Any, field: str = "") -> Any:
        if isinstance(value, str):
            return self._text(value, field)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return [self._value(each, field) for each in value]
        number = written_number(value)
        if number is None:
            return value
        text = self._text(number, field)
        return value if text == number else text

    def _mapping(self, values: Mapping[str, Any], *, kept: Collection[str] = ()) -> dict[str, Any]:
        """Keys are redacted as well, but for those that are ``kept``."""
        made: dict[str, Any] = {}
        for key, each in values.items():
            name = key if key in kept else self._text(key)
            while name in made:  # two spellings of one value
                name += "'"
            made[name] = self._value(each, key)
        return made

    def _text(self, text: str, field: str = "") -> str:
        found = find(text, field=field, known=self._known)
        if not found:
            return text
        self._counted.update(one.kind for one in found)
        self._known.update((one.kind, one.value) for one in found)
        if self._last:
            return self._token(_WITHHELD, text)
        return "".join(_pieces(text, ((one, self._token(one.kind.token, one.value)) for one in found)))

    def _token(self, word: str, value: str) -> str:
        token = self._tokens.get((word, value))
        if token is None:
            numbers = self._numbers.setdefault(word, count(1))
            token = next(each for number in numbers if (each := f"[{word}-{_letters(number)}]") not in self._taken)
            self._tokens[word, value] = token
        return token


def _letters(number: int) -> str:
    """From 1 on: A to Z, AA, AB and so on."""
    letters = ""
    while number:
        number, place = divmod(number - 1, len(_ALPHABET))
        letters = _ALPHABET[place] + letters
    return letters


def _name(text: str, key: bytes, counted: Counter[Kind]) -> str:
    for _ in range(_PASSES):
        found = find(text)
        if not found:
            return text
        counted.update(one.kind for one in found)
        text = "".join(_pieces(text, ((one, _hashed(one.kind.token, text[one.start : one.end], key)) for one in found)))
    return _hashed(_WITHHELD, text, key) if find(text) else text


def _hashed(word: str, value: str, key: bytes) -> str:
    """By the value as it is spelled, so that names which differ go on to differ; in letters, which no pattern takes."""
    digest = hmac.digest(key, f"{word}\0{value}".encode("utf-8", "surrogatepass"), "sha256")[:_HASH_BYTES]
    return f"[{word}-{''.join(_ALPHABET[int(digit, 16)] for digit in digest.hex())}]"


def _pieces(text: str, tokens: Iterable[tuple[Finding, str]]) -> Iterator[str]:
    end = 0
    for found, token in tokens:
        yield text[end : found.start]
        end = found.end
        yield f'"{token}"' if _is_json_number(text, found) else token
    yield text[end:]


def _is_json_number(text: str, found: Finding) -> bool:
    before = text[max(0, found.start - _LONGEST_MEMBER - 1) : found.start]
    bare = text[found.start : found.end]
    return (
        bare.isascii()
        and bare.isdecimal()
        and bool(_MEMBER.search(before))
        and bool(_MEMBER_ENDS.match(text, found.end))
    )
