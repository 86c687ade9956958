"""Which events concern the stack; imports no CDK."""

from collections.abc import Mapping, Sequence

JOB_ENDED: Mapping[str, Sequence[str]] = {
    "source": ("aws.bedrock",),
    "detail-type": ("Batch Inference Job State Change",),
    "status": ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"),
}
"""A batch inference job has ended, whoever started it; ``status`` is in the detail."""

RUN_BROKE_OFF: Mapping[str, Sequence[str]] = {
    "source": ("aws.states",),
    "detail-type": ("Step Functions Execution Status Change",),
    "status": ("FAILED", "TIMED_OUT", "ABORTED"),
}
"""An execution ended without a verdict; ``status`` is in the detail."""
