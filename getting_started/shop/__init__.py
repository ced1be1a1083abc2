"""A small shop whose pages show the chat widget."""
