"""What the account agreed to with Amazon Bedrock."""

from typing import TYPE_CHECKING

from brainswap.adapters.vendor_errors import model_errors

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient


class BedrockTerms:
    """``GetAccountDataRetention``."""

    def __init__(self, client: "BedrockClient") -> None:
        self._client = client

    def data_retention(self) -> str:
        with model_errors("GetAccountDataRetention"):
            return self._client.get_account_data_retention()["mode"]
