"""What a contender is asked: a question for each case and repeat, and the key under which its answer is kept."""

from collections.abc import Callable, Iterable

from brainswap.contenders import prompt_of
from brainswap.contracts import Contender, FrozenRun
from brainswap.core.cases import Case
from brainswap.core.fingerprints import answer_key
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.template import AttachedFile
from brainswap.ports import Endpoint, Question


def questions_of(
    run: FrozenRun, contender: Contender, cases: Iterable[Case], read: Callable[[AttachedFile], bytes]
) -> list[Question]:
    """In the order of the cases, the repeats of each together; ``read`` gives the bytes of a file of the run."""
    prompt = prompt_of(contender.prompt)
    endpoint = Endpoint(base_url=contender.base_url, key_secret=contender.key_secret, key_env=contender.key_env)
    return [
        Question(
            model=contender.model,
            streams=contender.streams,
            prompt=rendered(prompt, case),
            settings=contender.settings,
            case=case,
            recording=contender.recording,
            repeat=repeat,
            labels={"run": run.run_id, "contender": contender.id, "case": case.id, "repeat": str(repeat)},
            endpoint=endpoint,
            rounds=run.workload.limits.tool_rounds if case.tool_results else 1,
            read=read,
        )
        for case in cases
        for repeat in range(run.workload.repeats)
    ]


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
