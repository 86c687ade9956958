"""Asking in steps: all cases about the first one, those that came through about the next, each answer paid once."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from brainswap.asking import Asked, replay
from brainswap.contracts import Contender, FrozenRun
from brainswap.core.answers import Answer
from brainswap.core.cases import Case
from brainswap.core.prompts.template import AttachedFile
from brainswap.core.sums import sum_of_usages
from brainswap.ports import Models, Question, no_files
from brainswap.questions import Inquiry, inquiries_of, questions_of

Ask = Callable[[Sequence[Question], str | None], Awaitable[Asked]]  # the second says why nothing may be asked any more


async def asked_of(
    run: FrozenRun,
    contender: Contender,
    cases: Iterable[Case],
    read: Callable[[AttachedFile], bytes],
    *,
    ask: Ask,
    stopped_because: str | None = None,
) -> Asked:
    """Ask a contender about cases, in steps where its prompt has some; see `questions_of` for the order."""
    return await asked_of_all(run, [(contender, cases)], read, ask=ask, stopped_because=stopped_because)


async def asked_of_all(
    run: FrozenRun,
    asked: Sequence[tuple[Contender, Iterable[Case]]],
    read: Callable[[AttachedFile], bytes],
    *,
    ask: Ask,
    stopped_because: str | None = None,
) -> Asked:
    """The same of several prompts of one model at once, each about cases of its own."""
    if asked[0][0].prompt.earlier:
        inquiries = [one for contender, cases in asked for one in inquiries_of(run, contender, cases, read)]
        return await ask_in_steps(inquiries, ask, stopped_because)
    questions = [one for contender, cases in asked for one in questions_of(run, contender, cases, read)]
    return await ask(questions, stopped_because)


async def replayed(models: Models, run: FrozenRun, contender: Contender, cases: Iterable[Case]) -> Asked:
    """Take the answers of a contender that somebody recorded; see `questions_of` for the order."""
    if contender.prompt.earlier:
        return await replay_in_steps(models, inquiries_of(run, contender, cases, no_files))
    return await replay(models, questions_of(run, contender, cases, no_files))


async def ask_in_steps(inquiries: Sequence[Inquiry], ask: Ask, stopped_because: str | None = None) -> Asked:
    """Take every case as far as time, money and the model allow.

    The answers of each step are kept and found again by themselves, like those of any prompt: what is left of a case is
    asked in the next invocation, and a step that has changed does not have those before it asked again.

    Args:
        inquiries: nothing of which has been asked yet; each is at its end afterwards, or will be in another invocation.
        ask: about one step of some cases.
        stopped_because: why nothing may be asked any more; only what is known already is used.
    """
    ended: dict[int, Answer] = {}
    under_way = list(range(len(inquiries)))
    asked: list[Asked] = []
    while under_way:
        step = await ask([inquiries[index].question() for index in under_way], stopped_because)
        asked.append(step)
        stopped_because = stopped_because or step.stopped_because
        going_on = []
        for index, answer in zip(under_way, step.answers, strict=True):
            if answer is None:
                continue
            if inquiries[index].chain.take(answer):
                going_on.append(index)
            else:
                ended[index] = inquiries[index].chain.whole()
        if not step.finished:
            break
        under_way = going_on
    fresh = sum(each.fresh for each in asked)
    unavailable = next((each.unavailable_because for each in asked if each.unavailable_because), None)
    return Asked(
        answers=[ended.get(index) for index in range(len(inquiries))],
        fresh=fresh,
        pause_s=max((each.pause_s for each in asked), default=0),
        unavailable_because=None if fresh else unavailable,
        stopped_because=next((each.stopped_because for each in asked if each.stopped_because), None),
    )


async def replay_in_steps(models: Models, inquiries: Sequence[Inquiry]) -> Asked:
    """Take the answers that somebody recorded, with those of the steps where they are recorded as well."""
    return Asked(answers=[await _replayed(models, inquiry) for inquiry in inquiries], fresh=0)


async def _replayed(models: Models, inquiry: Inquiry) -> Answer:
    """What is recorded as the answer is the application's, whatever is recorded of the steps before it.

    Tokens that nobody counted can be estimated only where the answers of all steps are known, for prompts show them.
    """
    chain, case = inquiry.chain, inquiry.case
    recorded = case.recorded.get(inquiry.asking.contender.recording)
    steps: list[Answer] = []
    goes_on = True
    while goes_on and recorded is not None and chain.step.name in recorded.steps:
        answer = await models.ask(inquiry.question())
        steps.append(replace(answer, step=chain.step.name))
        goes_on = chain.take(answer)
    all_known = goes_on and chain.at_the_last_step
    question = inquiry.question() if all_known else inquiry.question_without_answers()
    final = await models.ask(question)
    usage, last = final.usage, inquiry.asking.contender.prompt.name
    if usage is not None and usage.estimated:
        usage = sum_of_usages([*(each.usage for each in steps), usage]) if all_known else None
    return replace(final, usage=usage, steps=(*steps, replace(final, step=last)))
