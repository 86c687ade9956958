"""State ``Translate``: write the contenders of one target."""

from typing import TYPE_CHECKING, Any

from brainswap.contenders import target_contender
from brainswap.contracts import Contender, TranslateRequest, TranslateResult, parse
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: TranslateRequest, using: Dependencies) -> TranslateResult:
    """Carry the original prompt over; nothing in it changes."""
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    contenders: list[Contender] = [target_contender(frozen, request.target)]
    for contender in contenders:
        files.write_contender(contender)
    return TranslateResult(contenders=[contender.id for contender in contenders])


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(TranslateRequest, event), dependencies()).model_dump(mode="json")
