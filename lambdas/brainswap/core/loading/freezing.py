"""What a run works on instead of the user's cases: each with its split, and without personal data where asked for."""

from collections import Counter
from collections.abc import Iterator

from brainswap.core.cases import Case, Split
from brainswap.core.folder import Folder
from brainswap.core.loading.workloads import LoadedWorkload
from brainswap.core.near_duplicates.placement import Placement, split_of
from brainswap.core.personal_data.counting import KindCount, PersonalDataCounts
from brainswap.core.personal_data.kinds import Kind
from brainswap.core.personal_data.redaction import found_in, name_key, redact
from brainswap.core.scoring.scorers import reference_problem
from brainswap.core.wording import printable


class CaseFreezer:
    """Freezes cases one by one and counts them; its memory does not grow with them."""

    def __init__(self, folder: Folder, loaded: LoadedWorkload, placement: Placement | None) -> None:
        """Read the file of cases once where their personal data is redacted.

        Args:
            folder: of the workload.
            loaded: from the same folder.
            placement: of its cases, which are frozen in the order of their file.

        Raises:
            FileNotFoundError: the file is gone.
        """
        self._workload = loaded.workload
        self._placeholders = loaded.prompt.placeholders
        self._placement = placement
        self._frozen = 0
        self._key = _key(folder, loaded)
        self._splits: Counter[str] = Counter(dict.fromkeys(Split, 0))
        self._personal_data = PersonalDataCounts()
        self._unusable: Counter[str] = Counter()

    def freeze(self, case: Case) -> Case:
        """The next case as all later states see it; its split is that of what the user gave, unredacted."""
        split = split_of(case, self._frozen, self._placement, self._workload.split_shares)
        self._frozen += 1
        self._splits[str(split)] += 1
        placed = case.model_copy(update={"split": split})
        if self._key is None:
            self._personal_data.take(found_in(case), {})
            return placed
        redacted = redact(placed, self._key, self._placeholders)
        self._personal_data.take(redacted.found, redacted.redacted)
        if redacted.redacted:
            self._unusable.update(
                spec.name for spec in self._workload.scorers if reference_problem(spec, redacted.case.reference)
            )
        return redacted.case

    @property
    def splits(self) -> dict[str, int]:
        return dict(self._splits)

    @property
    def personal_data(self) -> dict[Kind, KindCount]:
        return self._personal_data.by_kind

    def warnings(self) -> Iterator[str]:
        """What redacting took from the scorers."""
        for name, cases in self._unusable.items():
            yield (
                f"the scorer `{printable(name)}` cannot use the reference of {cases:,} case{'s' * (cases > 1)} once "
                "personal data is redacted, and gives no score there"
            )


def _key(folder: Folder, loaded: LoadedWorkload) -> bytes | None:
    if loaded.workload.limits.personal_data != "redact":
        return None
    with folder.open(loaded.workload.cases) as stream:
        return name_key(stream)
