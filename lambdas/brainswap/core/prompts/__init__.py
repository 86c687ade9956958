"""Prompts as data: templates and what is bound to them."""
