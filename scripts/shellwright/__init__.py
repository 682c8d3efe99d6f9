"""Shellwright: a declarative build for terminal-agent training data."""
