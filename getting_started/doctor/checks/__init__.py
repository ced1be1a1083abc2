"""The checks, a module a product."""
