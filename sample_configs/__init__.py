"""Configurations to start from, each with sample input beside it."""
