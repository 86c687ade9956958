"""A workload that is measured with other targets than it declares."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.cross_checks import cross_check
from brainswap.core.loading.workloads import LoadedWorkload
from brainswap.core.wording import printable
from brainswap.core.workload import Workload

PLACE = "targets of the request"


def retargeted(loaded: LoadedWorkload, targets: Sequence[str]) -> LoadedWorkload:
    """The workload with these models, live, in the place of its targets; as it is for none.

    They are asked with the source's parameters, as targets are that declare none of their own.

    Raises:
        InvalidWorkloadError: the workload does not hold together with them, such as with a judge that is their kin.
    """
    if not targets:
        return loaded
    data = {**loaded.declaration.value, "targets": [{"model": target} for target in targets]}
    problems = [
        Problem(place=PLACE, wrong=f"{_path(finding.path)}: {finding.wrong}", remedy=finding.remedy)
        for finding in cross_check(data)
    ]
    if problems:
        raise InvalidWorkloadError(problems)
    try:
        workload = Workload.model_validate(data)
    except ValidationError as error:
        wrong = printable("; ".join(str(one["msg"]) for one in error.errors()), limit=500)
        remedy = "Name models of Amazon Bedrock by their ids, such as amazon.nova-lite-v1:0."
        raise InvalidWorkloadError([Problem(place=PLACE, wrong=wrong, remedy=remedy)]) from error
    # The prompt was read from files; its declaration is the same.
    return replace(loaded, workload=workload)


def _path(path: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
