"""Brainswap moves an application from one LLM to another and says whether it may."""
