"""Containers in which untrusted commands run: start, use, reset, and remove them."""
