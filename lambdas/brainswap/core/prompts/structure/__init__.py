"""A prompt as people write it, parsed without loss into typed parts."""
