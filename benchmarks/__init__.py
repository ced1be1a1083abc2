"""Measurements, printed; never timed tests."""
