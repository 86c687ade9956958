"""Put a prompt into Bedrock Prompt Management, with a version that stays."""

import hashlib
import json
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.exports.runs import CannotExportError


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where it is.

    Attributes:
        arn: of the version, by which ``Converse`` takes it as a model.
    """

    prompt_id: str
    version: str
    arn: str


def publish(request: str) -> Published:
    """Create the prompt and its first version with the AWS settings of this machine; the same twice is once.

    Args:
        request: of ``CreatePrompt``, as JSON.

    Raises:
        CannotExportError: the service refuses, or cannot be asked.
    """
    token = hashlib.sha256(request.encode()).hexdigest()
    try:
        client = boto3.client("bedrock-agent")
        created = client.create_prompt(**json.loads(request), clientToken=token)
        version = client.create_prompt_version(promptIdentifier=created["id"], clientToken=token)
    except (ClientError, BotoCoreError) as error:
        raise CannotExportError(f"Prompt Management did not take the prompt: {error}") from error
    return Published(prompt_id=created["id"], version=version["version"], arn=version["arn"])
