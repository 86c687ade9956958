"""Whether a rewritten prompt may be evaluated at all: nothing lost, nothing smuggled in, nothing too expensive."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from brainswap.core.cases import Case
from brainswap.core.prompts.anchors import whole
from brainswap.core.prompts.contract import broken
from brainswap.core.prompts.injections import gives_orders, injected, markup_added
from brainswap.core.prompts.leaks import Leaks, texts_of_case
from brainswap.core.prompts.moves.turns import unmarked
from brainswap.core.prompts.rendering import values_of
from brainswap.core.prompts.structure.spans import FENCE, PROTECTED, QUOTED, SLOT, TAG, protected_texts
from brainswap.core.prompts.template import PLACEHOLDER, Prompt
from brainswap.core.scoring.instructions.languages import LANGUAGES, language_of
from brainswap.core.wording import listed, printable

Guard = Literal[
    "placeholders", "protected", "contract", "leak", "length", "cost", "injection", "language", "rendering", "roles"
]

_BRACED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\{", re.DOTALL)
_ADVPO = re.compile(r"</?advpo:(?:exclude|optimize)>", re.IGNORECASE)
_LONG_ENOUGH = 60  # letters by which a paragraph's language is told
_FEWEST_WORDS = 8
_NAMES = re.compile(r"[\w$.]{0,40}[\d_$][\w$.]{0,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPrice:
    """What a call costs, for comparing two prompts of one model.

    Attributes:
        input_usd: of a token that goes in.
        output_usd: of a token that comes out.
        case_tokens: of the values that fill the placeholders, in the mean.
        answer_tokens: of an answer, in the mean.
    """

    input_usd: float
    output_usd: float
    case_tokens: float = 0.0
    answer_tokens: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a prompt may grow.

    Attributes:
        length_ratio: characters of the candidate by those of the original, at most …
        spare_characters: … or this many more, whichever is more: a prompt of one line may get its form described.
        cost_ratio: of a call, where its price is known, at most …
        spare_tokens: … or as many more that go in, whichever is more.
    """

    length_ratio: float = 3.0
    spare_characters: int = 1_500
    cost_ratio: float = 1.5
    spare_tokens: int = 0
    price: CallPrice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a candidate is not evaluated."""

    guard: Guard
    reason: str


def refusals(
    candidate: Prompt,
    original: Prompt,
    *,
    cases: Iterable[Case] = (),
    labels: Collection[str] = (),
    bounds: Bounds | None = None,
) -> tuple[Refusal, ...]:
    """Everything that speaks against a candidate; nothing where it may be evaluated. Of a chain, each step by itself.

    Args:
        candidate: the rewritten prompt, from whomever.
        original: that it was made from.
        cases: read once, one by one, whatever their split.
        labels: that the scorers know; those in the original have to stay, and none may join them.
        bounds: of its growth.
    """
    bounds, found = bounds or Bounds(), dict[Refusal, None]()
    names = [[step.name for step in prompt.steps] for prompt in (candidate, original)]
    if names[0] != names[1]:
        return (Refusal(guard="contract", reason=f"its steps are {listed(names[0])} instead of {listed(names[1])}"),)
    pairs = list(zip(candidate.steps, original.steps, strict=True))
    for now, before in pairs:
        found.update((refusal, None) for refusal in _of_call(now, before, labels, bounds))
    readers = [_CaseReader(unmarked(now), unmarked(before), labels) for now, before in pairs]
    for case in cases:
        for reader in readers:
            found.update((refusal, None) for refusal in reader.refusals(case))
    return tuple(found)


def _of_call(candidate: Prompt, original: Prompt, labels: Collection[str], bounds: Bounds) -> Iterator[Refusal]:
    """What speaks against a prompt that is one call, or a step of a chain, whatever the cases are."""
    smuggled = tuple(markup_added(whole(candidate), whole(original)))
    where = _where(original)
    candidate, original = unmarked(candidate), unmarked(original)
    reasons_by_guard: tuple[tuple[Guard, Iterable[str]], ...] = (
        ("injection", smuggled),
        ("placeholders", _placeholders(candidate, original)),
        ("protected", _protected(candidate, original)),
        ("contract", broken(original, candidate, labels)),
        ("length", _length(candidate, original, bounds)),
        ("cost", _cost(candidate, original, bounds)),
        ("injection", injected(whole(candidate), whole(original))),
        ("language", _language(candidate, original)),
        ("roles", _roles(candidate, original)),
    )
    for guard, reasons in reasons_by_guard:
        yield from (Refusal(guard=guard, reason=f"{where}{reason}") for reason in reasons)


def _where(step: Prompt) -> str:
    """Begins what is said of a step of a chain."""
    return f"step `{step.name}`: " if step.name else ""


def _placeholders(candidate: Prompt, original: Prompt) -> Iterator[str]:
    before, now = (Counter(PLACEHOLDER.findall(whole(prompt))) for prompt in (original, candidate))
    for name in sorted({*before, *now}):
        if before[name] and not now[name]:
            yield f"{{{{{name}}}}} is gone"
        elif now[name] and not before[name]:
            yield f"{{{{{name}}}}} is new, and no case has to have it"
        elif now[name] != before[name]:
            yield f"{{{{{name}}}}} stands there {now[name]} times instead of {before[name]}"
    bad, known = (
        Counter(" ".join(braced.split()) for braced in _BRACED.findall(PLACEHOLDER.sub("", whole(prompt))))
        for prompt in (candidate, original)
    )
    yield from (f"`{printable(braced)}` is not a placeholder" for braced in bad - known)
    slots = Counter(SLOT.findall(whole(original))) - Counter(SLOT.findall(whole(candidate)))
    yield from (f"`{printable(slot)}` is gone" for slot in slots if not PLACEHOLDER.fullmatch(slot))
    raised = set(PLACEHOLDER.findall(candidate.system or "")) - set(PLACEHOLDER.findall(original.system or ""))
    yield from (f"{{{{{name}}}}} moved into the system text, which strangers must not write" for name in sorted(raised))


def _protected(candidate: Prompt, original: Prompt) -> Iterator[str]:
    """Each region letter for letter and in order; the optimiser whose tags they are takes the tags themselves off."""
    text, at = whole(candidate), 0
    for region in protected_texts(whole(original)):
        place = text.find(region, at)
        if place < 0 and _ADVPO.match(region):
            region = _ADVPO.sub("", region)  # noqa: PLW2901 - the same region without its tags
            place = text.find(region, at)
        if place < 0:
            yield f"the protected text {printable(region, limit=80)!r} is gone, changed or out of order"
        else:
            at = place + len(region)
    before, now = (len(PROTECTED.findall(whole(prompt))) for prompt in (original, candidate))
    if now > before:
        yield "it declares protected text of its own"


def _length(candidate: Prompt, original: Prompt, bounds: Bounds) -> Iterator[str]:
    before, now = len(whole(original)), len(whole(candidate))
    most = max(before * bounds.length_ratio, before + bounds.spare_characters)
    if now > most:
        yield f"{now:,} characters instead of {before:,}; {most:,.0f} at most"


def _cost(candidate: Prompt, original: Prompt, bounds: Bounds) -> Iterator[str]:
    price = bounds.price
    if price is None:
        return
    before, now = (
        (len(whole(prompt)) / 4 + price.case_tokens) * price.input_usd + price.answer_tokens * price.output_usd
        for prompt in (original, candidate)
    )
    most = max(before * bounds.cost_ratio, before + bounds.spare_tokens * price.input_usd)
    if before > 0 and now > most:
        yield f"a call costs {now / before:.2f} times as much; {most / before:.3g} at most"


def _language(candidate: Prompt, original: Prompt) -> Iterator[str]:
    """Every new paragraph, and everything that is new taken together, in a language of the original's."""
    known = _words_alone(whole(original))
    paragraphs = _paragraphs(known)
    spoken = {language for text in [known, *paragraphs] if (language := _told(text))}
    if not spoken:
        return
    new = [text for text in _paragraphs(_words_alone(whole(candidate))) if text not in known]
    for text in [*new, "\n".join(new)]:
        language = _told(text)
        if language is not None and language not in spoken:
            yield f"{printable(text)!r} is in {LANGUAGES[language]}"


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in re.split(r"\n\s*\n|\n(?=[ \t]*[-*•#\d])", text) if paragraph.strip()]


@lru_cache(maxsize=512)  # every candidate of a search repeats most of the original's paragraphs
def _told(text: str) -> str | None:
    """The language of a text that is long enough to tell it, and of both its halves: a few words are a coincidence."""
    letters = sum(sign.isalpha() for sign in text)
    dense = any("\u3000" <= sign <= "\uffef" for sign in text)
    if letters < (_LONG_ENOUGH // 4 if dense else _LONG_ENOUGH) or not (dense or len(text.split()) >= _FEWEST_WORDS):
        return None
    middle = len(text) // 2
    languages = {language_of(part) for part in (text, text[:middle], text[middle:])}
    return languages.pop() if len(languages) == 1 else None


def _words_alone(text: str) -> str:
    """Without code, quotes, slots and names such as ``$var_1``, which have no language."""
    for pattern in (FENCE, QUOTED, SLOT, TAG, _NAMES):
        text = pattern.sub(" ", text)
    return text


def _roles(candidate: Prompt, original: Prompt) -> Iterator[str]:
    ends, ended = ([turn.role for turn in prompt.messages][-1:] for prompt in (candidate, original))
    if ends == ["assistant"] and ended != ["assistant"]:
        yield "it ends with words put into the model's mouth"
    if any(turn.role == "user" for turn in original.messages) and not any(
        turn.role == "user" for turn in candidate.messages
    ):
        yield "nobody asks anything in it"
    now, before = (sum(not turn.content.strip() for turn in prompt.messages) for prompt in (candidate, original))
    if now > before:
        yield "one of its turns is empty"


class _CaseReader:
    """Holds one call against cases, one by one: what it lacks of them, and what it has out of them."""

    def __init__(self, candidate: Prompt, original: Prompt, labels: Collection[str]) -> None:
        self._leaks = Leaks(whole(candidate), whole(original), labels)
        self._placeholders = candidate.placeholders
        self._unbound: set[str] = set()
        self._where = _where(original)

    def refusals(self, case: Case) -> Iterator[Refusal]:
        missing = self._placeholders - values_of(case).keys() - self._unbound
        if missing:
            self._unbound |= missing
            reason = f"case {printable(case.id)} has nothing for {listed(sorted(missing))}"
            yield Refusal(guard="rendering", reason=f"{self._where}{reason}")
        for what in self._leaks.of(case):
            reason = f"it repeats case {printable(case.id)}, {printable(what, limit=120)}"
            yield Refusal(guard="leak", reason=f"{self._where}{reason}")
        for _, text in texts_of_case(case):
            for sentence in re.split(r"(?<=[.!?])\s|\n", text):
                if gives_orders(sentence) and self._leaks.repeats_order(sentence):
                    reason = f"an instruction comes out of case {printable(case.id)}: {printable(sentence, limit=80)!r}"
                    yield Refusal(guard="injection", reason=f"{self._where}{reason}")
