"""Scenarios of skills from the wild: before and after, concluded from their commands."""
