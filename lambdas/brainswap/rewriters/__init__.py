"""Who rewrites a prompt in a run: a model with our own prompt, and the two optimisers of Amazon Bedrock."""
