"""Simulated models: answers made from what a case expects, so that any workload runs without a network."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from statistics import NormalDist
from typing import Any

from brainswap.core.answers import Origin
from local.bedrock.casebook import Casebook, Found
from local.bedrock.draws import normal, uniform
from local.bedrock.estimates import cut, timing, tokens
from local.bedrock.finder import LONG
from local.bedrock.mistakes import wrong
from local.bedrock.personas import Persona, persona_of
from local.bedrock.phrasing import form_of, word
from local.bedrock.question import Question, Reply

# Correlation of the latent draws of two models on one case. The errors themselves, being yes or no, correlate less:
# about 0.5 between equals, about a third between a strong and a weak model.
COMMON_DIFFICULTY = 0.75
_PER_EXAMPLE = 0.08
_MOST_EXAMPLES = 4
_SHARE_OF_TEMPERATURE = 0.5
_SAME_MISTAKE = 0.5
_REFUSAL = "I'm sorry, but I can't help with that request."
_NO_REFERENCE = "This is a simulated answer."
_STANDARD_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Answers for any model.

    Whether a model knows an answer is a draw from (seed, model, case): how hard a case is, is common to all models,
    so that their errors go together as those of real models do; the rest is the model's own. The prompt takes no
    part in the draw. It has these effects and no others:

    - other cases shown as worked examples raise the model's chance, by up to four of them;
    - a JSON object with keys, an ``<answer>`` element or a schema in the request decide the form of the answer;
    - words such as "only" or "nothing else" halve the chance that something stands beside the answer;
    - its length and its text take part in what the latencies are drawn from.

    With a temperature above 0, the repetition named in the request's metadata takes part in the draw as well.

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
        found = self.casebook.find(question.text, question.case_name)
        text = self._text(question, persona, found)
        kept, stop_reason = _obey(text, question)
        input_tokens, output_tokens = tokens(question.text), tokens(kept)
        took = timing(
            persona.speed,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            draw=(self.seed, question.model_id, _digest(question.text), question.repeat),
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
        )

    def _text(self, question: Question, persona: Persona, found: Found | None) -> str:
        subject = _digest(question.text) if found is None else found.case.id
        draw = (self.seed, question.model_id, subject)
        if uniform(*draw, "refusal") < persona.refusal_rate:
            return _REFUSAL
        form = form_of(self._without_values(question.text, found), question.schema_keys)
        return word(self._content(question, persona, found, draw), form, persona, *draw)

    def _content(self, question: Question, persona: Persona, found: Found | None, draw: tuple[object, ...]) -> Any:
        if found is None or found.case.reference is None:
            return _NO_REFERENCE
        right = found.case.reference
        if self._knows(question, persona, found, draw):
            return right
        alike = uniform(*draw, "same mistake") < _SAME_MISTAKE
        return wrong(right, self.casebook.references, *((self.seed, found.case.id) if alike else draw))

    def _knows(self, question: Question, persona: Persona, found: Found, draw: tuple[object, ...]) -> bool:
        difficulty = normal(self.seed, found.case.id, "difficulty")
        own = normal(*draw, "own")
        if question.temperature:
            share = _SHARE_OF_TEMPERATURE * min(question.temperature, 1)
            own = _blend(own, normal(*draw, "repeat", question.repeat), share)
        ability = _STANDARD_NORMAL.inv_cdf(min(max(persona.skill, 1e-9), 1 - 1e-9))
        ability += _PER_EXAMPLE * min(found.quoted, _MOST_EXAMPLES)
        return ability > _blend(own, difficulty, COMMON_DIFFICULTY)

    def _without_values(self, text: str, found: Found | None) -> str:
        if found is None:
            return text
        for value in self.casebook.shown_values(found.case):
            text = text.replace(value.strip(), " ") if len(value.strip()) >= LONG else text
        return text


def _blend(one: float, other: float, share: float) -> float:
    """A standard normal draw from two, in whose variance the other has ``share``."""
    return math.sqrt(1 - share) * one + math.sqrt(share) * other


def _obey(text: str, question: Question) -> tuple[str, str]:
    """What remains of a text after the request's stop sequences and token limit, and why it ended."""
    ends = [place for place in map(text.find, question.stop_sequences) if place >= 0]
    kept, reason = (text[: min(ends)], "stop_sequence") if ends else (text, "end_turn")
    if question.max_tokens is not None and tokens(kept) > question.max_tokens:
        return cut(kept, question.max_tokens), "max_tokens"
    return kept, reason


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
