"""The handoff: what is sent, its record, and its way to the human."""
