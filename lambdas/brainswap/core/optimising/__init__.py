"""Looking for a better prompt: what is proposed, what is asked to find out, and what is believed in the end."""
