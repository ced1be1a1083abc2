"""AI Assistants."""
