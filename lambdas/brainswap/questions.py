"""What a contender is asked: a question for each case and repeat, and the key under which its answer is kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from brainswap.contenders import prompt_of, settings_at
from brainswap.contracts import Contender, FrozenRun
from brainswap.core.cases import Case
from brainswap.core.chains import Chain
from brainswap.core.fingerprints import answer_key
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.template import AttachedFile, Prompt
from brainswap.ports import Endpoint, Question


def questions_of(
    run: FrozenRun, contender: Contender, cases: Iterable[Case], read: Callable[[AttachedFile], bytes]
) -> list[Question]:
    """In the order of the cases, the repeats of each together; ``read`` gives the bytes of a file of the run.

    Of a contender whose prompt is one call.
    """
    prompt, asking = prompt_of(contender.prompt), Interview(run=run, contender=contender, read=read)
    return [
        asking.question(case, repeat, rendered(prompt, case))
        for case in cases
        for repeat in range(run.workload.repeats)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One case, once, as a contender is asked about it step by step."""

    chain: Chain
    case: Case
    repeat: int
    asking: "Interview"

    def question(self) -> Question:
        """What is to be asked next."""
        step = self.chain.step.name
        return self.asking.question(self.chain.case, self.repeat, self.chain.prompt, step)

    def question_without_answers(self) -> Question:
        """The last question with its placeholders open, for somebody who has its answer already."""
        prompt = prompt_of(self.asking.contender.prompt)
        return self.asking.question(self.case, self.repeat, prompt.steps[-1], prompt.name)


def inquiries_of(
    run: FrozenRun, contender: Contender, cases: Iterable[Case], read: Callable[[AttachedFile], bytes]
) -> list[Inquiry]:
    """The same as `questions_of`, of a contender whose prompt is a chain."""
    steps, asking = prompt_of(contender.prompt).steps, Interview(run=run, contender=contender, read=read)
    fields = {step.name: step.fields for step in run.workload.prompt.steps or ()}
    return [
        Inquiry(chain=Chain(steps, fields, case), case=case, repeat=repeat, asking=asking)
        for case in cases
        for repeat in range(run.workload.repeats)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """A contender of a run, and where the bytes of its files are."""

    run: FrozenRun
    contender: Contender
    read: Callable[[AttachedFile], bytes]

    def question(self, case: Case, repeat: int, prompt: Prompt, step: str = "") -> Question:
        run, contender = self.run, self.contender
        labels = {"run": run.run_id, "contender": contender.id, "case": case.id, "repeat": str(repeat)}
        return Question(
            model=contender.model,
            streams=contender.streams,
            prompt=prompt,
            settings=settings_at(contender, step),
            case=case,
            recording=contender.recording,
            repeat=repeat,
            labels={**labels, "step": step} if step else labels,
            endpoint=Endpoint(base_url=contender.base_url, key_secret=contender.key_secret, key_env=contender.key_env),
            rounds=run.workload.limits.tool_rounds if case.tool_results else 1,
            read=self.read,
            step="" if step == contender.prompt.name else step,
        )


def key_of(realm: str, question: Question) -> str:
    """Equal for questions that are the same question; whoever asks, live or in a batch job, uses this one."""
    base_url = question.endpoint.base_url
    where = f" at {base_url}" if base_url else ""
    return answer_key(
        realm=realm,
        model=f"{question.model}{where}",
        prompt=question.prompt,
        settings=question.settings,
        repeat=question.repeat,
        results=[result.model_dump(mode="json") for result in question.results],
        rounds=question.rounds,
    )
