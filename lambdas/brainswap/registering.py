"""Look at a version of a workload as a migration would, and sum up what others decide by."""

from pydantic import TypeAdapter

from brainswap.core.decision.criteria import gates_fingerprint
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.fingerprints import fingerprint
from brainswap.core.labelling.loading import load_labels
from brainswap.core.loading.outlook import outlook
from brainswap.core.loading.validation import CaseSummary, validate_cases
from brainswap.core.loading.workloads import WORKLOAD_FILE, LoadedWorkload, load_workload
from brainswap.core.money.asked import IMPROVER
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.resolution import find_improver_price, find_judge_prices, find_prices
from brainswap.core.registering.registration import LONGEST_PROBLEM, MOST_PROBLEMS, Registration, WorkloadFacts
from brainswap.core.registering.uploads import Upload
from brainswap.core.wording import printable
from brainswap.ports import Dependencies
from brainswap.run_files import workload_prefix

MOST_BYTES = 32_768  # of what others decide by: hundreds of workloads are read at each look, and an item holds 400 KB


def examine(upload: Upload, using: Dependencies) -> Registration:
    """Validate what was uploaded; what is wrong with it is part of the outcome."""
    problems: tuple[str, ...] = ()
    facts = None
    try:
        facts = _facts(upload, using)
    except InvalidWorkloadError as error:
        told = [printable(str(problem), limit=LONGEST_PROBLEM) for problem in error.problems[:MOST_PROBLEMS]]
        more = len(error.problems) - len(told)
        problems = (*told, *([f"{more} more"] if more else []))
    return Registration(
        workload=upload.workload,
        version=upload.version,
        whole_at=upload.at,
        upload=upload.id,
        facts=facts,
        problems=problems,
    )


def _facts(upload: Upload, using: Dependencies) -> WorkloadFacts:
    folder = using.artifacts.folder(workload_prefix(upload.workload, upload.version))
    loaded = load_workload(folder)
    if loaded.workload.name != upload.workload:
        wrong = f"the workload is called `{loaded.workload.name}` and was uploaded as `{upload.workload}`"
        remedy = f"Upload it to workloads/{loaded.workload.name}/, or call it {upload.workload}."
        raise InvalidWorkloadError([Problem(place=loaded.place("name"), wrong=wrong, remedy=remedy)])
    load_labels(folder, loaded.workload.scorers)
    summary = validate_cases(folder, loaded, objects=using.objects)
    facts = facts_of_workload(loaded, summary, region=using.region)
    size = len(TypeAdapter(WorkloadFacts).dump_json(facts))
    if size > MOST_BYTES:
        wrong = f"its owner, models, limits and triggers together take {size:,} bytes"
        remedy = f"Declare fewer of them, such as one trigger for a provider: they may take {MOST_BYTES:,} bytes."
        raise InvalidWorkloadError([Problem(place=WORKLOAD_FILE, wrong=wrong, remedy=remedy)])
    return facts


def facts_of_workload(loaded: LoadedWorkload, summary: CaseSummary, *, region: str | None) -> WorkloadFacts:
    """What a valid workload says that others decide by."""
    workload = loaded.workload
    expected = _forecast(loaded, summary, region)
    declared = workload.model_dump(mode="json", by_alias=True)
    files = {name: digest for name, digest in loaded.file_hashes.items() if name != "workload.yaml"}
    return WorkloadFacts(
        owner=workload.owner,
        source=workload.source.model,
        targets=tuple(target.model for target in workload.targets),
        judges=tuple(dict.fromkeys(judge.model for judge in workload.judges.values())),
        regions=workload.limits.regions,
        providers=workload.limits.providers,
        cases=summary.count,
        cases_sha256=summary.sha256,
        prompt_sha256=fingerprint([declared["prompt"], sorted(files.items())]),
        scorers_sha256=fingerprint(declared["scorers"]),
        gates_sha256=gates_fingerprint(workload),
        triggers=workload.triggers,
        forecast_usd=expected.cost_usd,
        forecast_minutes=expected.minutes.expected,
        asked=tuple(dict.fromkeys((*workload.live_models, *workload.embedding_models))),
    )


def _forecast(loaded: LoadedWorkload, summary: CaseSummary, region: str | None) -> Forecast:
    """By the workload's own prices and the dated table: nobody is asked."""
    workload = loaded.workload
    improver = find_improver_price(workload, region=region)
    priced = {
        **find_prices(workload, inference={}, region=region),
        **find_judge_prices(workload, region=region),
        **({} if improver is None else {IMPROVER: improver}),
    }
    return outlook(workload, summary, priced)
