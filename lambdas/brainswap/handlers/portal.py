"""``Portal``: the page for people and what its script asks; an HTTP API has verified the token of everything else."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainswap.portal.exchange import NotUnderstoodError, asked_of, refused
from brainswap.portal.page import SignIn, portal_page
from brainswap.portal.routes import respond
from brainswap.ports import Artifacts, Dependencies, Links
from brainswap.runtime import dependencies, sign_in, teams_apart

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from brainswap.rollout.ports import RolloutRecords


@dataclass(frozen=True, slots=True)
class Account:
    """The portal's world in an account, in which people are asked for approval."""

    deciding: Dependencies

    @property
    def artifacts(self) -> Artifacts:
        return self.deciding.artifacts

    @property
    def links(self) -> Links:
        return self.deciding.links

    @property
    def rollout_records(self) -> "RolloutRecords":
        return self.deciding.rollout_records


def run(event: dict[str, Any], using: Dependencies, signing_in: SignIn, *, teams: bool = False) -> dict[str, Any]:
    """Answer an event of an HTTP API; with ``teams``, people see the workloads of their groups alone."""
    if event.get("rawPath") == "/":
        answered = portal_page(signing_in)
    else:
        try:
            answered = respond(asked_of(event, teams=teams), Account(using))
        except NotUnderstoodError as error:
            answered = refused(400, str(error))
    return {"statusCode": answered.status, "headers": answered.headers(), "body": answered.body}


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(event, dependencies(), SignIn(**sign_in()), teams=teams_apart())
