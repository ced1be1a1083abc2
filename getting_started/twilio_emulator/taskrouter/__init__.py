"""TaskRouter."""
