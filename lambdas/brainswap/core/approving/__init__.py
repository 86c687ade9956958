"""Approval: people's word on a verdict, before anything acts on it."""
