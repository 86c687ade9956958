"""What the account of an embedded Bedrock may do, and how long its batch jobs take."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Limits of the account.

    Attributes:
        tokens_per_minute: the default of every model's quota.
        quotas: values that are applied instead of the defaults, by the quota's name.
        least_batch_records: a batch job with fewer fails; AWS gives most models a minimum of 100.
        most_batch_records: a batch job with more fails.
        data_retention: who keeps what models are sent, in Bedrock's word for it.
        batch_minutes: of model time from the submission of a batch job to its end; how long that is for a client
            follows the server's pace.
    """

    tokens_per_minute: int = 200_000
    quotas: Mapping[str, float] = field(default_factory=dict)
    least_batch_records: int = 100
    most_batch_records: int = 50_000
    batch_minutes: float = 10.0
    data_retention: str = "default"
