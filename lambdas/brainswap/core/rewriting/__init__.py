"""Prompts rewritten by models: what they are asked, and how what they say is read."""
