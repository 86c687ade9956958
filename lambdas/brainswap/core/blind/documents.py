"""``blind.json``, which knows whose answers a sheet holds, and ``grades.json``, what people said of them."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from brainswap.core.fingerprints import fingerprint
from brainswap.core.labelling.labels import LabellerName

KEY_FILE = "blind.json"
GRADES_FILE = "grades.json"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CaseId = Annotated[str, Field(min_length=1, max_length=512)]
Preference = Literal["target", "source", "same", "both_bad"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class BlindRow(_Document):
    """Two answers to one case.

    Attributes:
        target_first: the target's answer is A.
        control: both answers say the same.
        shown_sha256: of the texts that are shown.
    """

    case: CaseId
    target_first: bool
    control: bool
    shown_sha256: Sha256


class BlindKey(_Document):
    """``blind.json``: what a sheet was drawn from, and whose answer is where.

    Attributes:
        report_sha256: of the run's ``report.json``.
        source: contender whose answers are compared with those of ``target``.
        cases: that both have answered.
        differing: those of them whose answers differ.
        rows: in the order of the sheet.
    """

    schema_: Literal["brainswap.blind/1"] = "brainswap.blind/1"
    run_id: str
    workload: str
    report_sha256: Sha256
    source: str
    target: str
    seed: int
    drawn_at: AwareDatetime
    cases: int
    differing: int
    rows: tuple[BlindRow, ...]

    @property
    def sheet(self) -> str:
        """A name for the sheet, which another draw does not have."""
        return fingerprint(self.model_dump(mode="json", exclude={"drawn_at"}))[:12]

    def seal(self, number: int) -> str:
        """What tells the row with a number, from 1 on, from any other of any sheet.

        Graders see it: without the report's hash, whoever knows the case could try whose answer is where until it fits.
        """
        return fingerprint([self.report_sha256, self.sheet, number, self.rows[number - 1].shown_sha256])[:8]


class Graded(_Document):
    """What one person said, by case."""

    grader: LabellerName
    read_at: AwareDatetime
    grades: dict[CaseId, Preference] = Field(min_length=1)


class Grades(_Document):
    """``grades.json``: what people said of the answers of one sheet.

    Attributes:
        compared: cases on the sheet whose answers differ.
        controls: cases on it whose answers do not.
    """

    schema_: Literal["brainswap.grades/1"] = "brainswap.grades/1"
    run_id: str
    report_sha256: Sha256
    sheet: str
    source: str
    target: str
    cases: int
    differing: int
    compared: tuple[CaseId, ...]
    controls: tuple[CaseId, ...]
    people: tuple[Graded, ...] = ()

    def graded_by(self, graded: Graded) -> "Grades":
        """With what a person said, in place of what the same person said before."""
        others = (each for each in self.people if each.grader != graded.grader)
        return self.model_copy(update={"people": (*others, graded)})


def ungraded(key: BlindKey) -> Grades:
    """Nothing said yet of a sheet."""
    return Grades(
        run_id=key.run_id,
        report_sha256=key.report_sha256,
        sheet=key.sheet,
        source=key.source,
        target=key.target,
        cases=key.cases,
        differing=key.differing,
        compared=tuple(row.case for row in key.rows if not row.control),
        controls=tuple(row.case for row in key.rows if row.control),
    )
