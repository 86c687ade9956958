"""Simulated models: answers made from what a case expects, so that any workload runs without a network."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist
from typing import Any

from brainswap.core.answers import Origin
from local.bedrock.calling import calls_of, recorded_arguments
from local.bedrock.casebook import Casebook, Found
from local.bedrock.draws import normal, uniform
from local.bedrock.estimates import CHARACTERS_PER_TOKEN, cut, timing, tokens
from local.bedrock.families import effect, help_of_examples, shaped
from local.bedrock.features import features
from local.bedrock.finder import LONG
from local.bedrock.judging import judgement
from local.bedrock.mistakes import wrong
from local.bedrock.personas import Persona, persona_of
from local.bedrock.phrasing import Form, form_of, word
from local.bedrock.question import Called, Question, Reply
from local.bedrock.reflecting import reflection
from local.bedrock.rewriting import rewriting
from local.bedrock.structured import conform

# Correlation of the latent draws of two models on one case. The errors themselves, being yes or no, correlate less:
# about 0.5 between equals, about a third between a strong and a weak model.
COMMON_DIFFICULTY = 0.75
_LONGEST_KEPT = 50_000
_TOKENS_A_FILE = 1_600
_SHARE_OF_TEMPERATURE = 0.5
_SAME_MISTAKE = 0.5
_REFUSAL = "I'm sorry, but I can't help with that request."
_THOUGHT = "The request asks for an answer, and I hold it against what I know. "
_NO_REFERENCE = "This is a simulated answer."
_STANDARD_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Answers for any model; `local.bedrock.families` says what a simulated model is, and what it is not.

    Whether a model knows an answer is a draw from (seed, model, case): how hard a case is, is common to all models,
    so that their errors go together as those of real models do; the rest is the model's own. The prompt takes no
    part in the draw, but in the ability that is held against it, and in the form of the answer:

    - other cases shown as worked examples change the model's ability, by up to four of them;
    - the way in which the prompt is written changes ability and form for a model that belongs to a family;
    - a JSON object with keys, an ``<answer>`` element or a schema in the request decide the form of the answer;
    - words such as "only" or "nothing else" halve the chance that something stands beside the answer;
    - its length and its text take part in what the latencies are drawn from.

    At a step of a chain, which the request's metadata names, it is the part of the reference of that name that counts.
    With a temperature above 0, the repetition named in the request's metadata takes part in the draw as well.
    Reasoning comes before the answer, and out of the same limit of tokens.
    Asked to judge an answer, a model compares words; see `local.bedrock.judging`. Asked to rewrite a prompt, it sets
    the parts of it apart; see `local.bedrock.rewriting`. Asked to reflect on answers, it edits the prompt that they
    were given to; see `local.bedrock.reflecting`. Offered tools, it may call some; see `local.bedrock.calling`.
    Images and documents count as tokens, and nobody looks at them.

    Attributes:
        casebook: holds what the cases expect.
        seed: of all draws.
        personas: by model id; the table of families decides for the others.
    """

    casebook: Casebook
    seed: int
    personas: Mapping[str, Persona]

    def persona(self, question: Question) -> Persona:
        return (
            self.personas.get(question.asked)
            or self.personas.get(question.model_id)
            or persona_of(question.model_id, seed=self.seed)
        )

    def answer(self, question: Question) -> Reply:
        persona = self.persona(question)
        found = self.casebook.find_at_step(question.text, question.case_name, question.step)
        digest = _digest(question.text)
        draw: tuple[object, ...] = (self.seed, question.model_id, digest if found is None else found.case.id)
        draw = draw if question.step is None else (*draw, question.step)
        thoughts = _thoughts(question, draw)
        left = None if question.max_tokens is None else question.max_tokens - tokens(thoughts)
        calls = self._calls(question, persona, found, draw)
        text = "" if calls else self._text(question, persona, found, draw)
        kept, stop_reason = _obey(text, question.stop_sequences, left)
        if question.max_tokens is not None:
            thoughts = cut(thoughts, question.max_tokens)
        input_tokens, reasoning_tokens = tokens(question.text) + _TOKENS_A_FILE * question.files, tokens(thoughts)
        output_tokens = reasoning_tokens + tokens(kept) + sum(tokens(call.arguments) for call in calls)
        took = timing(
            persona.speed,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            draw=(self.seed, question.model_id, digest, question.repeat),
        )
        return Reply(
            text=kept,
            stop_reason=stop_reason,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            latency_ms=took.latency_ms,
            first_token_ms=took.first_token_ms,
            origin=Origin.SIMULATED,
            estimated=("tokens", "latency"),
            calls=calls,
            reasoning=thoughts,
            reasoning_tokens=reasoning_tokens,
        )

    def _calls(
        self, question: Question, persona: Persona, found: Found | None, draw: tuple[object, ...]
    ) -> tuple[Called, ...]:
        if found is None or not question.offered:
            return ()
        knows = self._knows(question, persona, found, draw, helped=0.0)
        return calls_of(question, found.case, self.casebook.references, *draw, knows=knows)

    def _text(self, question: Question, persona: Persona, found: Found | None, draw: tuple[object, ...]) -> str:
        judged = judgement(question, self.seed) or rewriting(question, self.seed) or reflection(question, self.seed)
        if judged is not None:
            return judged
        if question.tool is None and uniform(*draw, "refusal") < persona.refusal_rate:
            return _REFUSAL
        instructions = self._without_values(question.text if question.words is None else question.words, found)
        seen = {} if persona.family is None else features(question, instructions)
        brought = effect(persona.family, seen)
        content = self._content(question, persona, found, draw, helped=brought.skill)
        if question.tool is not None and found is not None:
            arguments = recorded_arguments(found.case, question.tool)
            content = content if arguments is None else arguments
        if question.schema_keys:
            return conform(content, question.schema or {})
        read = _form_of if len(instructions) <= _LONGEST_KEPT else form_of
        form = read(instructions, question.schema_keys)
        return word(content, form, shaped(persona, brought.form), *draw)

    def _content(
        self, question: Question, persona: Persona, found: Found | None, draw: tuple[object, ...], *, helped: float
    ) -> Any:
        if found is None or found.case.reference is None:
            return _NO_REFERENCE
        right, field = _expected(found.case.reference, question.step)
        if self._knows(question, persona, found, draw, helped=helped):
            return right
        alike = uniform(*draw, "same mistake") < _SAME_MISTAKE
        return wrong(right, self.casebook.references, *((self.seed, found.case.id) if alike else draw), field=field)

    def _knows(
        self, question: Question, persona: Persona, found: Found, draw: tuple[object, ...], *, helped: float
    ) -> bool:
        difficulty = normal(self.seed, found.case.id, "difficulty")
        own = normal(*draw, "own")
        if question.temperature:
            share = _SHARE_OF_TEMPERATURE * min(question.temperature, 1)
            own = _blend(own, normal(*draw, "repeat", question.repeat), share)
        ability = _STANDARD_NORMAL.inv_cdf(min(max(persona.skill, 1e-9), 1 - 1e-9))
        ability += helped + help_of_examples(persona.family, found.quoted)
        return ability > _blend(own, difficulty, COMMON_DIFFICULTY)

    def _without_values(self, text: str, found: Found | None) -> str:
        if found is None:
            return text
        for value in self.casebook.shown_values(found.case):
            text = text.replace(value.strip(), " ") if len(value.strip()) >= LONG else text
        return text


def _expected(reference: Any, step: str | None) -> tuple[Any, str]:
    """What a case expects, of a step of a chain the part of that name, where there is one; and the name of the part."""
    if step is not None and isinstance(reference, dict) and step in reference:
        return reference[step], step
    return reference, ""


def _blend(one: float, other: float, share: float) -> float:
    """A standard normal draw from two, in whose variance the other has ``share``."""
    return math.sqrt(1 - share) * one + math.sqrt(share) * other


def _obey(text: str, stop_sequences: Sequence[str], limit: int | None) -> tuple[str, str]:
    """What remains of a text after the request's stop sequences and so many tokens, and why it ended."""
    ends = [place for place in map(text.find, stop_sequences) if place >= 0]
    kept, reason = (text[: min(ends)], "stop_sequence") if ends else (text, "end_turn")
    if limit is not None and tokens(kept) > limit:
        return cut(kept, max(0, limit)), "max_tokens"
    return kept, reason


def _thoughts(question: Question, draw: tuple[object, ...]) -> str:
    """What a model thinks that was told to: from a third of its tokens to all of them."""
    if not question.reasoning_tokens:
        return ""
    length = question.reasoning_tokens * (1 + 2 * uniform(*draw, "thoughts")) / 3
    whole = _THOUGHT * math.ceil(length * CHARACTERS_PER_TOKEN / len(_THOUGHT))
    return cut(whole, max(1, int(length)))


@lru_cache(maxsize=64)
def _form_of(instructions: str, schema_keys: tuple[str, ...] | None) -> Form:
    """The instructions of a contender are the same for each of its cases."""
    return form_of(instructions, schema_keys)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
