"""Prompts of a run in the forms of other tools."""
