"""The ports over Amazon Bedrock, S3, DynamoDB and recorded answers; vendor errors become ours here."""
