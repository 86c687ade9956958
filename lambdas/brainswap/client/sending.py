"""Sending what became of requests: to CloudWatch, or into the log as embedded metrics."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from brainswap.client.outcomes import Group, Sums

NAMESPACE = "Brainswap"
GROUPS_AT_ONCE = 25  # of at most 13 metrics each, in one request; CloudWatch takes 1,000 metrics, in a megabyte

Send = Callable[[Mapping[Group, Sums]], None]


def send_in_parts(taken: Mapping[Group, Sums], send: Send) -> tuple[dict[Group, Sums], Exception | None]:
    """Send whole groups, so many at a time; what was not sent, and why not.

    A part is sent whole or not at all: what was sent twice, or in half, would tell a wrong share of the requests.
    """
    groups = list(taken)
    for start in range(0, len(groups), GROUPS_AT_ONCE):
        try:
            send({group: taken[group] for group in groups[start : start + GROUPS_AT_ONCE]})
        except Exception as error:  # noqa: BLE001 - figures are not worth an application's failure
            return {group: taken[group] for group in groups[start:]}, error
    return {}, None


def to_cloudwatch(client: Callable[[], Any]) -> Send:
    """With one ``PutMetricData``; ``client`` makes boto3's for ``cloudwatch`` when it is first needed."""

    def send(taken: Mapping[Group, Sums]) -> None:
        client().put_metric_data(Namespace=NAMESPACE, MetricData=list(_data(taken)))

    return send


def to_log(write: Callable[[str], Any] | None = None, now: Callable[[], float] = time.time) -> Send:
    """As embedded metrics, which CloudWatch Logs turns into the same metrics; ``write`` is standard output's."""

    def send(taken: Mapping[Group, Sums]) -> None:
        out = write or sys.stdout.write
        for group, sums in taken.items():
            out(json.dumps(_embedded(group, sums, int(now() * 1000))) + "\n")
        if write is None:
            sys.stdout.flush()

    return send


def _dimensions(group: Group) -> dict[str, str]:
    return {"Workload": group.workload, "Variant": group.variant, "RolloutId": group.step}


def _data(taken: Mapping[Group, Sums]) -> Iterator[dict[str, Any]]:
    for group, sums in taken.items():
        dimensions = [{"Name": name, "Value": value} for name, value in _dimensions(group).items()]
        for name, number in sums.counters.items():
            yield {"MetricName": name, "Dimensions": dimensions, "Unit": "Count", "Value": number}
        if sums.latencies:
            yield {
                "MetricName": "Latency",
                "Dimensions": dimensions,
                "Unit": "Milliseconds",
                "Values": list(sums.latencies),
                "Counts": list(sums.latencies.values()),
            }


def _embedded(group: Group, sums: Sums, now_ms: int) -> dict[str, Any]:
    dimensions = _dimensions(group)
    metrics = [{"Name": name, "Unit": "Count"} for name in sums.counters]
    values: dict[str, Any] = dict(sums.counters)
    if sums.latencies:
        metrics.append({"Name": "Latency", "Unit": "Milliseconds"})
        values["Latency"] = {"Values": list(sums.latencies), "Counts": list(sums.latencies.values())}
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": metrics}
    return {"_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]}, **dimensions, **values}
