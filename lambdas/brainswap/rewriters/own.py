"""A model rewrites the prompt by our own instructions: the one that the workload names, or the target itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from brainswap import worker
from brainswap.contenders import prompt_of
from brainswap.contracts import Candidate, Rewriting
from brainswap.core.answers import Answer, AnswerStatus, Usage
from brainswap.core.calls import Settings
from brainswap.core.declared_models import KeyInEnvironment, KeyInSecret, NamedModel, Parameters
from brainswap.core.declared_rewriting import Rewriter
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.models.fitting import fit
from brainswap.core.models.profiles import UNPROFILED
from brainswap.core.money.costs import cost_of_calls, estimated_tokens
from brainswap.core.money.prices import Price
from brainswap.core.prompts.anchors import whole
from brainswap.core.prompts.changes import Change
from brainswap.core.prompts.template import Prompt, chained
from brainswap.core.prompts.weight import most_prompt_tokens
from brainswap.core.rewriting.asking import cannot_be_rewritten, rewriting_prompt
from brainswap.core.rewriting.reading import Rewritten, UnreadableRewritingError, read
from brainswap.core.wording import printable
from brainswap.guarding import labels_of
from brainswap.lineup import profile_in
from brainswap.ports import Endpoint, Question
from brainswap.rewriters.task import (
    NOBODY,
    PAUSE_S,
    PURPOSE,
    TIME_RAN_OUT,
    UNCHANGED,
    Step,
    Task,
    added,
    candidate,
    question_about,
    rewritten,
)

REWRITER: Rewriter = "own"
NAME = "own"
ATTEMPTS = 2
MOST_SAID = 300  # characters of reasons in a remark
LEAST_TOKENS = 2_048  # of an answer: reasons, and the tags of a prompt of one line
ROOM = 4  # times the tokens of the prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """Who rewrites."""

    declared: NamedModel
    price: Price | None

    def costing(self, settings: Settings) -> Callable[[Usage], Decimal | None] | None:
        return cost_of_calls(self.price, settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reworded:
    """What became of one call, which is the prompt or a step of a chain.

    Attributes:
        rewriting: what everything has taken so far.
        candidate: that the guards let pass.
        because: why there is none.
        waiting_because: why nobody has answered yet.
    """

    rewriting: Rewriting
    candidate: Candidate | None = None
    remarks: tuple[str, ...] = ()
    because: str = ""
    waiting_because: str | None = None


def go_on(task: Task) -> Step:
    """Ask for a new wording, and once more where the first one is none or is refused; of a chain, step by step."""
    model, rewriting = _model(task), Rewriting()
    found: list[tuple[Prompt, _Reworded]] = []
    for number, step in enumerate(task.prompt.steps, start=1):
        name = f"{NAME}-step-{number}" if task.prompt.earlier else NAME
        one = _reworded(task, model, step, name, rewriting)
        rewriting = one.rewriting
        if one.waiting_because is not None:
            return Step(rewriting=rewriting, pause_s=PAUSE_S, waiting_because=one.waiting_because)
        found.append((step, one))
    if not task.prompt.earlier:
        return _done(task, found[0][1])
    return _done(task, _together(task, found))


def _together(task: Task, found: Sequence[tuple[Prompt, _Reworded]]) -> _Reworded:
    """A chain with every step that came to a new wording, the others as they are."""
    rewriting = found[-1][1].rewriting
    made = [one.candidate for _, one in found if one.candidate is not None]
    told = [f"step `{step.name}`: {one.because}" for step, one in found if one.candidate is None]
    if not made:
        return _Reworded(rewriting=rewriting, because="; ".join(told))
    steps = [
        step if one.candidate is None else prompt_of(one.candidate.prompt).steps[place]
        for place, (step, one) in enumerate(found)
    ]
    changes = [
        replace(change, what=f"step `{step.name}`: {change.what}")
        for step, one in found
        if one.candidate is not None
        for change in one.candidate.changes
    ]
    blank = Candidate(name=NAME, by="rewriting", prompt=task.frozen.prompt, changes=changes, usd=rewriting.usd)
    whole_one, remarks = candidate(task, blank, chained(steps))
    if whole_one.refused_because:
        return _Reworded(rewriting=rewriting, because="; ".join(whole_one.refused_because))
    kept = [f"it stays as it is at {because}" for because in told]
    said = dict.fromkeys([*(remark for _, one in found for remark in one.remarks), *remarks, *kept])
    return _Reworded(rewriting=rewriting, candidate=whole_one, remarks=tuple(said))


def _reworded(task: Task, model: _Model, step: Prompt, name: str, rewriting: Rewriting) -> _Reworded:
    because = cannot_be_rewritten(step)
    if because is not None:
        return _Reworded(rewriting=rewriting, because=because)
    complaints: tuple[str, ...] = ()
    for attempt in range(1, ATTEMPTS + 1):
        asked = rewriting_prompt(
            step,
            task.declared.model,
            profile=profile_in(task.frozen, task.declared),
            labels=labels_of(task.frozen.workload),
            complaints=complaints,
            salt=task.frozen.cases_sha256,
        )
        try:
            question, settings = _question(task, model, asked.prompt, step)
        except ModelRefusesRequestError as error:
            return _Reworded(rewriting=rewriting, because=str(error))
        beyond = _beyond_the_budget(task, question, settings, model.costing(settings), rewriting)
        if beyond is not None:
            complaints = (*complaints, beyond)
            break
        came = task.ask(REWRITER, question, _asking(task, model, settings))
        (answer,) = came.answers
        if answer is None:
            return _Reworded(rewriting=rewriting, waiting_because=came.unavailable_because or TIME_RAN_OUT)
        rewriting = added(rewriting, answer, model.costing(settings), task.frozen.run_id)
        if answer.status in {AnswerStatus.FAILED, AnswerStatus.UNASKED}:
            return _Reworded(rewriting=rewriting, because=str(answer.reason))
        blank = Candidate(
            name=name if attempt == 1 else f"{name}-{attempt}",
            by="rewriting",
            prompt=task.frozen.prompt,
            usd=rewriting.usd,
        )
        made, remarks = _candidate(task, answer, step, blank, code=asked.code, model=model.declared.model)
        if not made.refused_because:
            if complaints:
                told = printable("; ".join(complaints), MOST_SAID)
                remarks.append(f"its first wording was not accepted: {told}")
            return _Reworded(rewriting=rewriting, candidate=made, remarks=tuple(remarks))
        complaints = tuple(made.refused_because)
        if complaints == (UNCHANGED,):  # which is a judgement, and no mistake to be mended
            break
    return _Reworded(rewriting=rewriting, because="; ".join(complaints))


def _beyond_the_budget(
    task: Task,
    question: Question,
    settings: Settings,
    costing: Callable[[Usage], Decimal | None] | None,
    rewriting: Rewriting,
) -> str | None:
    """That `improve.budget_usd` does not allow a call, by the most that it can cost; None where it may be made."""
    budget = task.frozen.workload.improve.budget_usd
    if budget is None or costing is None or rewriting.usd is None:
        return None
    most = Usage(input_tokens=most_prompt_tokens(question.prompt), output_tokens=settings.max_tokens or LEAST_TOKENS)
    usd = costing(most)
    if usd is None or rewriting.usd + usd <= Decimal(str(budget)):
        return None
    spent = f", of which {rewriting.usd:.4f} are spent" if rewriting.usd else ""
    return (
        f"a new wording may cost {usd:.4f} USD, and `improve.budget_usd` is {budget:g}{spent}; raise it, or lower "
        "`max_tokens` of `improve.model`"
    )


def _candidate(
    task: Task, answer: Answer, step: Prompt, made: Candidate, *, code: str, model: str
) -> tuple[Candidate, list[str]]:
    try:
        said = read(answer, step, code)
    except UnreadableRewritingError as error:
        return candidate(task, made, task.prompt, refused_because=[str(error)])
    change = _change(task, said, step, model)
    prompt = chained([said.prompt if each == step else each for each in task.prompt.steps])
    return candidate(task, made.model_copy(update={"changes": [change]}), prompt)


def _change(task: Task, said: Rewritten, step: Prompt, model: str) -> Change:
    return rewritten(
        "rewritten",
        step,
        said.prompt,
        what="A model wrote the prompt anew.",
        why=f"In its own words: {said.reasons or 'it gave no reasons'}",
        source=model,
        date=task.frozen.created_at.date().isoformat(),
    )


def _model(task: Task) -> _Model:
    improver = task.frozen.workload.improver
    if improver is None:
        return _Model(declared=task.declared, price=task.frozen.prices[task.slot].price)
    found = task.frozen.improver_price
    return _Model(declared=improver, price=None if found is None else found.price)


def _question(task: Task, model: _Model, prompt: Prompt, step: Prompt) -> tuple[Question, Settings]:
    """The call in the form that the model accepts.

    Raises:
        ModelRefusesRequestError: there is none.
    """
    declared = model.declared
    profile = task.frozen.profiles.get(declared.model) or UNPROFILED
    fitted = fit(_parameters(task, step), prompt, profile, model=declared.model)
    key = declared.key
    question = Question(
        model=declared.model,
        streams=False,  # nobody waits for the first word
        prompt=fitted.prompt,
        settings=fitted.settings,
        case=NOBODY,
        recording="",
        repeat=0,
        labels={},
        endpoint=Endpoint(
            base_url=declared.base_url,
            key_secret=key.secret if isinstance(key, KeyInSecret) else None,
            key_env=key.env if isinstance(key, KeyInEnvironment) else None,
        ),
    )
    return question_about(task, REWRITER, question), fitted.settings


def _parameters(task: Task, step: Prompt) -> Parameters:
    """What the workload declares for the model that rewrites, or room for a prompt that has grown."""
    improver = task.frozen.workload.improver
    if improver is not None and improver.parameters is not None:
        return improver.parameters
    return Parameters(max_tokens=max(LEAST_TOKENS, ROOM * estimated_tokens(len(whole(step)))))


def _asking(task: Task, model: _Model, settings: Settings) -> worker.Asking:
    name = model.declared.model
    profile = task.frozen.profiles.get(name) or UNPROFILED
    return worker.Asking(
        who=f"{task.slot}-rewriting",
        model=name,
        purpose=PURPOSE,
        costing=model.costing(settings),
        tokens_per_minute=task.frozen.quotas.get(name),
        burndown=profile.burndown,
        context_tokens=profile.context_tokens,
        stopped_because=None,
    )


def _done(task: Task, found: _Reworded) -> Step:
    if found.candidate is None:
        update: dict[str, object] = {"ended": True, "because": found.because}
    else:
        update = {"ended": True, "candidate": found.candidate.name, "remarks": list(found.remarks)}
    return Step(rewriting=task.write(REWRITER, found.rewriting.model_copy(update=update)))
