"""From webhook or socket to a turn, and back."""
