"""Read ``labels.jsonl`` as a workload's folder holds it, with every mistake at once."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import from_json

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder
from brainswap.core.labelling.labels import LABELS_FILE, Label, merged
from brainswap.core.labelling.questions import marks_problem
from brainswap.core.loading.case_lines import MAX_LINE, read_lines
from brainswap.core.loading.diagnosis import findings
from brainswap.core.loading.findings import dotted
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.wording import printable

MOST_LABELS = 200_000
_TOLD = 50  # problems that are told one by one


def load_labels(folder: Folder, scorers: Sequence[ScorerSpec]) -> tuple[Label, ...]:
    """The labels of a workload's folder; none where it holds no file of them.

    Raises:
        InvalidWorkloadError: with every problem of the file.
    """
    if not folder.exists(LABELS_FILE):
        return ()
    with folder.open(LABELS_FILE) as stream:
        return _valid(read_lines(stream, None), {spec.name: spec for spec in scorers})


def _valid(lines: Iterable[tuple[int, bytes | None]], specs: Mapping[str, ScorerSpec]) -> tuple[Label, ...]:
    labels: list[Label] = []
    problems: list[Problem] = []
    for number, line in lines:
        if line is not None and not line.strip():
            continue
        if len(labels) >= MOST_LABELS:
            wrong = f"there are more than {MOST_LABELS:,} labels"
            problems.append(Problem(place=LABELS_FILE, wrong=wrong, remedy="Take out those that nothing needs."))
            break
        read = _read(f"{LABELS_FILE}:{number}", line, specs)
        if isinstance(read, Label):
            labels.append(read)
        else:
            problems.extend(read)
    if len(problems) > _TOLD:
        rest = len(problems) - _TOLD
        more = Problem(place=LABELS_FILE, wrong=f"{rest:,} more problems", remedy="Correct these first.")
        problems = [*problems[:_TOLD], more]
    if problems:
        raise InvalidWorkloadError(problems)
    return tuple(merged(labels))


def _read(place: str, line: bytes | None, specs: Mapping[str, ScorerSpec]) -> Label | list[Problem]:
    if line is None:
        wrong = f"the line is longer than {MAX_LINE // 1_000_000} MB"
        return [Problem(place=place, wrong=wrong, remedy="A label is short: take the line out.")]
    try:
        label = Label.model_validate_json(line)
    except ValidationError as error:
        return _invalid(place, line, error)
    spec = specs.get(label.scorer)
    problem = None if spec is None else marks_problem(spec, label.marks)
    if problem is not None:
        return [Problem(place=f"{place} marks", wrong=problem, remedy="Write one of them, or take the line out.")]
    return label


def _invalid(place: str, line: bytes, error: ValidationError) -> list[Problem]:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        wrong = f"malformed JSON: {printable(str(first['ctx']['error']), limit=200)}"
        return [Problem(place=place, wrong=wrong, remedy="Write one JSON object a line, in UTF-8.")]
    data = from_json(line)
    if not isinstance(data, dict):
        return [Problem(place=place, wrong="the line is not a JSON object", remedy="Write one JSON object a line.")]
    return [
        Problem(place=f"{place} {dotted(finding.path)}".rstrip(), wrong=finding.wrong, remedy=finding.remedy)
        for finding in findings(error, data, Label.model_json_schema())
    ]
