"""What is wrong with a workload, told without a word of its cases: in full in the bucket, by places elsewhere."""

import json
import re
from dataclasses import asdict

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.run_files import RunFiles

PROBLEMS = "problems.json"

_PLACES_NAMED = 5
_FILE_AND_LINE = re.compile(r"[\w./-]+(:\d+)?")


def kept(error: InvalidWorkloadError, files: RunFiles) -> InvalidWorkloadError:
    """Write the problems down, and return an error that may be logged.

    What leaves a function goes into its log, the history of the execution and the ledger; problems quote what is wrong.
    """
    document = {"problems": [asdict(problem) for problem in error.problems]}
    files.write_text(PROBLEMS, json.dumps(document, indent=1, ensure_ascii=False), "application/json")
    places = list(dict.fromkeys(_named(problem.place) for problem in error.problems))
    more = f" and {len(places) - _PLACES_NAMED} other places" if len(places) > _PLACES_NAMED else ""
    count = len(error.problems)
    wrong = f"{count} mistake{'s' if count > 1 else ''} in the workload"
    return InvalidWorkloadError(
        [
            Problem(
                place=", ".join(places[:_PLACES_NAMED]) + more,
                wrong=wrong,
                remedy=f"All are told in {files.key(PROBLEMS)} of the bucket, and by brainswap check.",
            )
        ]
    )


def _named(place: str) -> str:
    """The file and its line; keys may be words of a case."""
    found = _FILE_AND_LINE.match(place)
    return found[0] if found else "the workload"
