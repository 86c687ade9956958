"""Requests that were sent, gathered into the prompt templates that they were probably made from.

A template is what an application sends again and again: the same roles, the same system text (but for digits, such as
those of a date), the same tools. The turns that vary become placeholders, with the beginning and the end that all of
them share left in the prompt. Where every request under one system text begins, or ends, in one of a few ways, these
are templates of their own.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from brainswap.core.prompts.template import Message
from brainswap.core.scoring.quoting import quote
from brainswap.core.wording import printable
from local.imports.account import Account, CannotImportError, Unmapped
from local.imports.common_text import CommonText, Frame, whole_frame
from local.imports.drafts import Draft, Drafts
from local.imports.placeholders import braces_beside, placeholder
from local.imports.written import WrittenPrompt, usable_tools

FEWEST = 3  # requests of which it can be said what they have in common
OTHER_TEMPLATE = "another prompt template"
_SHARE, _COVERED = 0.1, 0.95  # of a key's requests: at least of one template, and of all templates together
_MOST_SIGNATURES = 20_000  # that are counted for one key; frequent ones come early
_MOST_KEYS = 100_000
_TOLD = 20
_DIGITS = re.compile(r"\d+")
_FIRST_LINE = re.compile(r"\s*([^\n:]{1,200}[:\n])")
_LAST_LINE = re.compile(r"\n([^\n]{1,200})\Z")
_FIRST_WORDS = re.compile(r"\s*(\S{1,50}(?:\s{1,5}\S{1,50}){3})(?=\s)")
_LAST_WORDS = re.compile(r"(?<=\s)(\S{1,50}(?:\s{1,5}\S{1,50}){3})\s*\Z")
_ENDS = 400  # characters at either end in which signatures are looked for

Signature = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The requests of one template.

    Attributes:
        way: which of the signatures parts the key's requests; None where they are one group.
        signature: that these have; None for those that have none of the frequent ones.
        frequent: all signatures that have a group of their own.
    """

    key: bytes
    size: int
    way: int | None = None
    signature: str | None = None
    frequent: frozenset[str] = frozenset()

    def holds(self, key: bytes, last: str) -> bool:
        if key != self.key:
            return False
        if self.way is None:
            return True
        found = _SIGNATURES[self.way](last)
        return found == self.signature if found in self.frequent else self.signature is None


class ConversationShape:
    """One of the templates, of which it learns the words."""

    def __init__(self, group: Group, account: Account, place: str, *, by_system: bool, name: str) -> None:
        self._group = group
        self._account = account
        self._place = place
        self._by_system = by_system
        self._name = name
        self._texts: list[CommonText] = []
        self._roles: tuple[Message, ...] = ()
        self._tools = ""
        self._shared: tuple[Mapping[str, Any], ...] | None = None

    def refusal(self, draft: Draft) -> str | None:
        key = _key(draft, by_system=self._by_system)
        return None if self._group.holds(key, draft.turns[-1].content) else OTHER_TEMPLATE

    def learn(self, draft: Draft) -> None:
        if not self._texts:
            self._texts = [CommonText() for _ in draft.turns]
            self._roles, self._tools = draft.turns, draft.tools
        for text, turn in zip(self._texts, draft.turns, strict=True):
            text.add(turn.content)
        self._shared = draft.earlier if self._shared is None else _common(self._shared, draft.earlier)

    def written(self) -> WrittenPrompt:
        frames = self._frames()
        names = {place: self._name_of(place) for place, frame in enumerate(frames) if frame.varies}
        braces = braces_beside(names.values())
        turns = tuple(
            Message(
                role=turn.role,
                content=braces.literal(frame.prefix)
                + (placeholder(names[place]) if frame.varies else "")
                + braces.literal(frame.suffix),
            )
            for place, (frame, turn) in enumerate(zip(frames, self._roles, strict=True))
        )
        shared = self._shared_examples()
        examples = tuple(Message(role=each["role"], content=braces.literal(each["content"])) for each in shared)
        turns = (*turns[:-1], *examples, turns[-1])
        constants = braces.used_in(turn.content for turn in turns)
        if constants:
            self._account.mapped[f"{{{{ in the prompt as {placeholder(braces.name)}"] += 1

        def values(draft: Draft) -> Mapping[str, Any]:
            return {name: frames[place].inner(draft.turns[place].content) for place, name in names.items()}

        def earlier(draft: Draft) -> Sequence[Mapping[str, Any]]:
            return draft.earlier[len(shared) :]

        system = turns[0].content if len(turns) > 1 and turns[0].role == "system" else None
        return WrittenPrompt(
            system=system,
            turns=turns if system is None else turns[1:],
            values=values,
            earlier=earlier,
            constants=constants,
            tools=usable_tools(self._tools, self._place, self._account),
        )

    def _shared_examples(self) -> Sequence[Mapping[str, Any]]:
        """Turns that begin every conversation: worked examples, which belong to the prompt; they end with an answer."""
        if self._texts[0].count < FEWEST or not self._shared:
            return ()
        ends = [
            place
            for place, turn in enumerate(self._shared, start=1)
            if turn["role"] == "assistant" and _are_texts(self._shared[:place])
        ]
        return self._shared[: max(ends, default=0)]

    def _frames(self) -> list[Frame]:
        frames = [text.frame(fewest=FEWEST) for text in self._texts]
        asked = [place for place, turn in enumerate(self._roles) if turn.role not in ("assistant", "case")] or [0]
        if self._roles[-1].role == "case":
            return frames
        if self._texts[0].count < FEWEST or not any(frame.varies for frame in frames):
            frames[asked[-1]] = whole_frame()
        return frames

    def _name_of(self, place: int) -> str:
        if place == len(self._roles) - 1:
            return self._name
        if place == 0 and self._roles[0].role == "system":
            return "system_text"
        return f"turn_{place + 1}"


def _common(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """What two conversations begin with alike."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return tuple(turn for turn, _ in alike)


def _are_texts(turns: Sequence[Mapping[str, Any]]) -> bool:
    return all(turn["role"] in ("user", "assistant") and not turn.get("tool_calls") for turn in turns)


def conversation_shape(
    file_name: str,
    drafts: Drafts,
    account: Account,
    *,
    group: int | None = None,
    by_wording: bool = False,
    name: str = "input",
) -> ConversationShape:
    """The template of the largest group, or of another one; the others are told of in the account.

    Args:
        file_name: for the account.
        drafts: with turns.
        account: that gets an entry for each other group.
        group: from 1, the largest group first.
        by_wording: whether requests of different wording are of different templates: so with what an application sent,
            not with what somebody put together as one set.
        name: of the placeholder for the last turn.

    Raises:
        CannotImportError: there is no such group.
    """
    groups = _groups(drafts, by_wording=by_wording)
    chosen = 1 if group is None else group
    if not groups:
        raise CannotImportError(_nothing(file_name, drafts))
    if not 1 <= chosen <= len(groups):
        raise CannotImportError(f"{file_name} has {len(groups)} prompt templates, and so no number {chosen}.")
    for number, other in enumerate(groups[:_TOLD], start=1):
        if number != chosen:
            beginning = f", with the words {quote(other.signature, 40)}" if other.signature else ""
            account.unmapped.append(
                Unmapped(
                    place=file_name,
                    what=f"prompt template {number}: {other.size} cases{beginning}",
                    remedy=f"Import it into a workload of its own, with group {number}.",
                )
            )
    if len(groups) > _TOLD:
        more = Unmapped(
            place=file_name,
            what=f"{len(groups) - _TOLD} smaller prompt templates",
            remedy=f"Import them by their numbers, up to {len(groups)}.",
        )
        account.unmapped.append(more)
    return ConversationShape(groups[chosen - 1], account, file_name, by_system=by_wording, name=name)


def _groups(drafts: Drafts, *, by_wording: bool) -> list[Group]:
    """The largest first; those of the same size in the order in which they come."""
    keys: dict[bytes, _Seen] = {}
    for draft in drafts():
        if not isinstance(draft, Draft):
            continue
        key = _key(draft, by_system=by_wording)
        seen = keys.get(key)
        if seen is None:
            if len(keys) >= _MOST_KEYS:
                continue
            seen = keys[key] = _Seen()
        seen.add(draft.turns[-1].content, by_wording=by_wording)
    found = [group for key, seen in keys.items() for group in seen.groups(key)]
    return sorted(found, key=lambda group: -group.size)


def _key(draft: Draft, *, by_system: bool) -> bytes:
    parts: list[str] = [turn.role for turn in draft.turns]
    parts.append(draft.tools)
    if by_system:
        parts.extend(_DIGITS.sub("0", turn.content) for turn in draft.turns if turn.role == "system")
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


class _Seen:
    """How often each signature came under one key."""

    def __init__(self) -> None:
        self._count = 0
        self._signatures: list[Counter[str]] = [Counter() for _ in _SIGNATURES]

    def add(self, last: str, *, by_wording: bool) -> None:
        self._count += 1
        for find, counter in zip(_SIGNATURES if by_wording else (), self._signatures, strict=False):
            found = find(last)
            if found is not None and (found in counter or len(counter) < _MOST_SIGNATURES):
                counter[found] += 1

    def groups(self, key: bytes) -> Iterator[Group]:
        for way, counter in enumerate(self._signatures):
            frequent = {
                signature: count for signature, count in counter.items() if count >= max(FEWEST, _SHARE * self._count)
            }
            covered = sum(frequent.values())
            if len(frequent) < 2 or covered < _COVERED * self._count:  # noqa: PLR2004 - templates to tell apart
                continue
            names = frozenset(frequent)
            for signature, count in frequent.items():
                yield Group(key=key, size=count, way=way, signature=signature, frequent=names)
            if covered < self._count:
                yield Group(key=key, size=self._count - covered, way=way, frequent=names)
            return
        yield Group(key=key, size=self._count)


def _nothing(file_name: str, drafts: Drafts) -> str:
    reasons = Counter(outcome.reason for outcome in drafts() if not isinstance(outcome, Draft))
    if not reasons:
        return f"{file_name} is empty."
    told = "; ".join(f"{count} of {printable(reason, 100)}" for reason, count in reasons.most_common(5))
    return f"{file_name} holds no record that makes a case: {told}."


def _matching(pattern: re.Pattern[str], *, at_end: bool) -> Signature:
    def find(text: str) -> str | None:
        part = text[-_ENDS:] if at_end else text[:_ENDS]
        match = pattern.search(part) if at_end else pattern.match(part)
        return match.group(1) if match else None

    return find


_SIGNATURES: tuple[Signature, ...] = (
    _matching(_FIRST_LINE, at_end=False),
    _matching(_FIRST_WORDS, at_end=False),
    _matching(_LAST_LINE, at_end=True),
    _matching(_LAST_WORDS, at_end=True),
)
