"""Amazon Bedrock on loopback: recorded answers and simulated models behind Bedrock's own wire."""
