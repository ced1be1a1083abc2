"""The parts of the soak: what goes wrong, who goes through it, how it is judged and shown."""
