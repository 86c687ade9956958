"""What scorers call besides chat models, as questions, and whether it can be called at all."""

from collections.abc import Iterator, Mapping

from brainswap.core.calling.plans import FUNCTION, Call
from brainswap.core.calls import Settings
from brainswap.core.cases import Case
from brainswap.core.errors import ModelAccessError, TransientError
from brainswap.core.preflight import Check
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.scoring.specs import FunctionSpec
from brainswap.core.workload import Workload
from brainswap.ports import Dependencies, Question

EMBEDDED = "embedded"


def function_checks(workload: Workload, using: Dependencies) -> Iterator[Check]:
    """Whether the functions that score may be invoked; embedded models may go without, as their scores are none."""
    for spec in workload.called:
        if not isinstance(spec, FunctionSpec):
            continue
        call = Call(model=f"{FUNCTION}{spec.function}", text="", case=Case(id="none", input={}))
        name = f"function of {spec.name}"
        try:
            using.complete(using.models.warm_up(question_of(call, labels={})))
        except ModelAccessError as error:
            embedded = using.realm.startswith(EMBEDDED)
            yield Check(check=name, status="warning" if embedded else "refused", detail=str(error))
        except TransientError as error:
            yield Check(check=name, status="not_made", detail=str(error))
        else:
            yield Check(check=name, status="passed", detail=f"{spec.function} may be invoked")


def question_of(call: Call, *, labels: Mapping[str, str]) -> Question:
    """A call; its text is the only message."""
    return Question(
        model=call.model,
        streams=False,
        prompt=Prompt(system=None, messages=(Message(role="user", content=call.text),)),
        settings=Settings(max_tokens=None, fields=call.fields),
        case=call.case,
        recording="",
        repeat=0,
        labels=labels,
    )
