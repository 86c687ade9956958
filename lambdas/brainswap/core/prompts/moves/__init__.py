"""What rules may do to a prompt: pure functions that change forms and leave words."""
