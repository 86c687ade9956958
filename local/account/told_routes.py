"""What the applications of a workload are told now: read as they read it, whatever a record says."""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from brainswap.client.errors import BadVersionError
from brainswap.client.reading import AppConfigReader
from brainswap.client.routes import read_route
from brainswap.client.settings import Settings
from brainswap.core.rollout.routes import WHOLE
from brainswap.core.wording import printable
from brainswap.rollout.standing import Standing
from local.account.stack import NoStackError, Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a route says; ``percent`` of the requests are the target's."""

    rollout: str
    step: int
    percent: float


def told_to_applications(stack: Stack, workload: str) -> Told | str:
    """What applications are told, or why nobody here can say."""
    try:
        settings = Settings(
            application=stack.output("RoutesApplicationId"),
            environment=stack.output("RoutesEnvironmentId"),
            bucket=stack.bucket,
        )
        document = AppConfigReader(stack.client("appconfigdata"), settings, workload).news()
        if document is None:
            return "no configuration is deployed"
        route = read_route(document, workload)
    except (NoStackError, BadVersionError, ClientError, BotoCoreError) as error:
        return printable(str(error), 500)
    return Told(rollout=route.rollout, step=route.step, percent=100 * route.share / WHOLE)


def contradiction(told: Told | str, standing: Standing) -> str | None:
    """What to do where applications are told otherwise than the record says; None where there is nothing to say."""
    if isinstance(told, str) or standing.status == "rolling_back":
        return None
    if (told.rollout, told.percent) == (standing.run_id, standing.percent):
        return None
    return (
        f"applications are told by {printable(told.rollout, 200)} that {told.percent:g} % go to the target, and "
        f"the record says {standing.percent} %; if that lasts, somebody has deployed another version by hand, and "
        f"brainswap rollback {standing.workload} sends everything to the source"
    )
