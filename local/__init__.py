"""What runs on a laptop: the command line, the cloud in one process, the embedded Bedrock."""
