"""One case with every contender's answer and scores, as ``cases.jsonl`` and the page show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.answers import Answer, ToolCall, Usage
from brainswap.core.cases import Case
from brainswap.core.decision.samples import Sample
from brainswap.core.prompts.telling import told
from brainswap.core.prompts.template import as_text
from brainswap.report.views import CaseAnswer, CaseView, StepSaid


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case and what was said of it.

    Attributes:
        answers: by contender and the source first, each repeat with its scores; of those that were asked.
        uncounted: the contenders in whose means the case is not, because it was asked ahead of a turn that never came.
    """

    case: Case
    answers: Mapping[str, Sequence[tuple[Answer, Sample]]]
    uncounted: Sequence[str] = ()

    @property
    def inapplicable(self) -> tuple[str, ...]:
        """The scorers that have nothing to say of the case."""
        return next((pairs[0][1].inapplicable for pairs in self.answers.values()), ())

    def scores(self, contender: str) -> dict[str, float | None]:
        """By scorer, the mean of the contender's repeats; None where none of them could be scored."""
        samples = [sample for _, sample in self.answers[contender]]
        return {name: _mean([sample.scores.get(name) for sample in samples]) for name in samples[0].scores}

    def document(self) -> dict[str, Any]:
        """The line of ``cases.jsonl``."""
        case = self.case
        return {
            "id": case.id,
            "segment": case.segment,
            "critical": case.critical,
            **({} if case.cluster is None else {"cluster": case.cluster}),
            **({} if case.weight == 1 else {"weight": case.weight}),
            **({"uncounted": list(self.uncounted)} if self.uncounted else {}),
            "input": dict(case.input),
            **told(case),
            "reference": case.reference,
            "contenders": {
                name: [_document(answer, sample) for answer, sample in pairs] for name, pairs in self.answers.items()
            },
        }

    def view(self, longest: int | None = None) -> CaseView:
        """What is shown: the first of the repeats, and of texts with more than ``longest`` characters the beginning."""
        case = self.case
        asked = "\n".join(f"{name}: {as_text(value)}" for name, value in {**case.input, **told(case)}.items())
        reference = None if case.reference is None else as_text(case.reference)
        return CaseView(
            case_id=case.id,
            segment=case.segment,
            critical=case.critical,
            input=asked[:longest],
            input_length=len(asked),
            reference=None if reference is None else reference[:longest],
            reference_length=None if reference is None else len(reference),
            answers=tuple(_view(name, *pairs[0], longest) for name, pairs in self.answers.items()),
        )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _document(answer: Answer, sample: Sample) -> dict[str, Any]:
    usage = answer.usage
    return {
        "answer": answer.text,
        **({"steps": [_step(step) for step in answer.before]} if answer.steps else {}),
        **({"rounds": answer.rounds} if answer.rounds > 1 else {}),
        **({"tool_calls": [_call(call) for call in answer.tool_calls]} if answer.tool_calls else {}),
        "status": answer.status.value,
        "reason": answer.reason,
        "stop_reason": answer.stop_reason,
        "origin": answer.origin.value,
        "cached": answer.cached,
        "repeat": answer.repeat,
        "latency_ms": answer.latency_ms,
        "first_token_ms": answer.first_token_ms,
        "usage": usage and _usage(usage),
        "scores": {name: {"value": value, "reason": sample.reasons.get(name)} for name, value in sample.scores.items()},
    }


def _step(answer: Answer) -> dict[str, Any]:
    """A step of a chain before the last, by itself."""
    return {
        "step": answer.step,
        "answer": answer.text,
        **({"tool_calls": [_call(call) for call in answer.tool_calls]} if answer.tool_calls else {}),
        "status": answer.status.value,
        "reason": answer.reason,
        "cached": answer.cached,
        "latency_ms": answer.latency_ms,
        "usage": answer.usage and _usage(answer.usage),
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "estimated": usage.estimated,
    }


def _call(call: ToolCall) -> dict[str, Any]:
    return {"round": call.round, "name": call.name, "arguments": call.arguments}


def _view(contender: str, answer: Answer, sample: Sample, longest: int | None) -> CaseAnswer:
    text = _said(answer)
    return CaseAnswer(
        contender=contender,
        text=text[:longest],
        length=len(text),
        before=tuple(_step_said(step, longest) for step in answer.before),
        status=answer.status.value,
        scores=sample.scores,
        reasons=sample.reasons,
    )


def _step_said(answer: Answer, longest: int | None) -> StepSaid:
    text = _said(answer)
    return StepSaid(step=answer.step, text=text[:longest], length=len(text), status=answer.status.value)


def _said(answer: Answer) -> str:
    return "\n".join([*map(_said_call, answer.tool_calls), answer.text])


def _said_call(call: ToolCall) -> str:
    return f"[calls {call.name}({call.arguments})]"
