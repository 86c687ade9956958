"""What clients reported of requests, from CloudWatch."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import StorageUnavailableError
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.core.rollout.reporting import COUNTERS, NAMESPACE, ROLLOUT, VARIANT, WORKLOAD
from brainswap.rollout.ports import VARIANTS, Variant

MINUTE_S = 60
MOST_POINTS = 1000  # of one query, so that a long step is read in few pages
_INCOMPLETE = frozenset({"InternalError", "Forbidden"})  # part of what there is, which would pass for all of it
_METRICS = tuple(sorted({name for counters in COUNTERS.values() for name in counters}))


class CloudWatchOutcomes:
    """Sums of the counters of a step."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def outcomes(self, workload: str, step: str, *, since: datetime, until: datetime) -> Mapping[Variant, Outcomes]:
        """Whole periods, with one to spare at either end: the step's own name keeps out what is not of it."""
        period_s = _period_s(since, until)
        begin = since.replace(second=0, microsecond=0) - timedelta(seconds=period_s)
        end = until + timedelta(seconds=period_s)
        queries = {
            f"m{number}": (variant, metric)
            for number, (variant, metric) in enumerate((v, m) for v in VARIANTS for m in _METRICS)
        }
        asked = [
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": metric,
                        "Dimensions": [
                            {"Name": WORKLOAD, "Value": workload},
                            {"Name": VARIANT, "Value": variant},
                            {"Name": ROLLOUT, "Value": step},
                        ],
                    },
                    "Period": period_s,
                    "Stat": "Sum",
                },
            }
            for name, (variant, metric) in queries.items()
        ]
        sums: dict[tuple[Variant, str], float] = {}
        with storage_errors("the metrics of CloudWatch"):
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=asked, StartTime=begin, EndTime=end
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    if result.get("StatusCode") in _INCOMPLETE:
                        raise StorageUnavailableError(f"the metrics of CloudWatch: {result['StatusCode']}")
                    if result["Values"]:
                        key = queries[result["Id"]]
                        sums[key] = sums.get(key, 0.0) + sum(result["Values"])
        return {variant: _outcomes({m: s for (v, m), s in sums.items() if v == variant}) for variant in VARIANTS}


def _outcomes(sums: Mapping[str, float]) -> Outcomes:
    return {
        measure: Counted(of=round(sums[counters.of]), hits=min(round(sums[counters.hits]), round(sums[counters.of])))
        for measure, counters in COUNTERS.items()
        if counters.of in sums and counters.hits in sums
    }


def _period_s(since: datetime, until: datetime) -> int:
    """Whole minutes, as few as give no more than `MOST_POINTS`."""
    minutes = max(1.0, (until - since).total_seconds() / MINUTE_S)
    return MINUTE_S * -(-int(minutes) // MOST_POINTS)
