"""Flex."""
