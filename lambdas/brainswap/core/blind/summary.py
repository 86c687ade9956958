"""What people's blind grades come to: a win rate, the difference that they see, and whether that is chance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from brainswap.core.approving.people import is_same_person
from brainswap.core.blind.documents import Grades, Preference
from brainswap.core.statistics.agreement import Measured, kappa_interval, mean_kappa
from brainswap.core.statistics.exact import mcnemar_exact
from brainswap.core.statistics.intervals import Interval, clopper_pearson
from brainswap.core.statistics.tango import tango_limits
from brainswap.core.wording import printable

_SCORES: dict[Preference, float] = {"target": 1.0, "source": 0.0, "same": 0.5, "both_bad": 0.5}
_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GradesSummary:
    """What people see between source and target, on a random sample of the cases where their answers differ.

    Of several people who graded the same case, the more count; as many on each side are a tie.

    Attributes:
        graded: cases with a grade of somebody, controls apart.
        better: cases in which the target's answer is preferred; ``worse`` the source's.
        tied: cases in which neither is, ``both_bad`` among them because everybody said so.
        win_rate: ``better`` of those that are not tied; None where all are.
        difference: of the shares, ``better`` less ``worse``, with ``low`` and ``high`` (Tango); None without grades.
        p_value: of "neither is preferred" (two-sided sign test).
        controls: graded cases whose answers say the same; in ``passed`` of them nobody preferred one.
        kappa: mean agreement of people among themselves, None where no two graded the same; ``kappa_interval`` for two.
    """

    people: int
    graded: int
    better: int
    worse: int
    tied: int
    both_bad: int
    confidence: float
    win_rate: float | None
    win_interval: Interval | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float
    controls: int
    passed: int
    kappa: float | None
    kappa_cases: int
    kappa_interval: Measured | None


def summary_of(grades: Grades, confidence: float) -> GradesSummary:
    """What the grades come to, at a two-sided confidence."""
    said = [said_of(grades, case) for case in grades.compared]
    known = [each for each in said if each]
    leanings = [sum(_SCORES[one] - 0.5 for one in each) for each in known]
    better, worse = sum(lean > 0 for lean in leanings), sum(lean < 0 for lean in leanings)
    graded, decided = len(known), better + worse
    low, high = (
        tango_limits(only_source=worse, only_target=better, n=graded, confidence=confidence) if graded else (None, None)
    )
    controls = [each for case in grades.controls if (each := said_of(grades, case))]
    kappa = mean_kappa(_by_person(grades))
    return GradesSummary(
        people=len(grades.people),
        graded=graded,
        better=better,
        worse=worse,
        tied=graded - decided,
        both_bad=sum(all(one == "both_bad" for one in each) for each in known),
        confidence=confidence,
        win_rate=better / decided if decided else None,
        win_interval=clopper_pearson(better, decided, confidence) if decided else None,
        difference=(better - worse) / graded if graded else None,
        low=low,
        high=high,
        p_value=mcnemar_exact(only_source=worse, only_target=better),
        controls=len(controls),
        passed=sum(all(_SCORES[one] == 0.5 for one in each) for each in controls),  # noqa: PLR2004 - neither is better
        kappa=None if kappa is None else kappa[0],
        kappa_cases=0 if kappa is None else kappa[1],
        kappa_interval=_interval_of_two(grades, confidence),
    )


def said_of(grades: Grades, case: str) -> list[Preference]:
    """What people said of a case, in the order of the people."""
    return [each.grades[case] for each in grades.people if case in each.grades]


def grades_problem(
    grades: Grades | None, *, report_sha256: str, contender: str, margin: float, people: int, confidence: float
) -> str | None:
    """Why a target may not be moved to by people's grades; None where they see it not worse by ``margin`` or more.

    Args:
        grades: None where nobody graded.
        report_sha256: of the report that is to be approved.
        contender: that it recommends.
        margin: of the difference of the shares in which either answer is preferred.
        people: who have to have graded.
        confidence: two-sided, as for the gates.
    """
    if grades is None or not grades.people:
        return "nobody has graded its answers blind yet"
    if (grades.report_sha256, grades.target) != (report_sha256, contender):
        of_what = "another report" if grades.report_sha256 != report_sha256 else printable(grades.target)
        return f"people's grades are of {of_what}, and not of {printable(contender)} as it is recommended"
    if (known := _people(grades)) < people:
        return f"{known} of {people} people have graded its answers"
    found = summary_of(grades, confidence)
    if found.low is None or found.difference is None:
        return "no case in which the answers differ has a grade"
    if found.low > -margin:
        return None
    sees = f"people prefer its answer in {found.better} of {found.graded} cases and the source's in {found.worse}"
    shown = f"not shown to be less than {margin:g} worse: {found.difference:+.3f}, as low as {found.low:+.3f}"
    return f"{sees}, which is {shown}"


def _people(grades: Grades) -> int:
    """Who can be told from each other: another way to write one name is nobody else."""
    names: list[str] = []
    for each in grades.people:
        if not any(is_same_person(each.grader, known) for known in names):
            names.append(each.grader)
    return len(names)


def _by_person(grades: Grades) -> Iterable[Sequence[float | None]]:
    for case in (*grades.compared, *grades.controls):
        yield [_SCORES[each.grades[case]] if case in each.grades else None for each in grades.people]


def _interval_of_two(grades: Grades, confidence: float) -> Measured | None:
    if len(grades.people) != _PAIR:
        return None
    pairs = [(one, other) for one, other in _by_person(grades) if one is not None and other is not None]
    return kappa_interval([[pair] for pair in pairs], confidence)
