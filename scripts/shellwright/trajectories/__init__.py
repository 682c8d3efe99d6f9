"""Trajectories: policies work on verified tasks in a real terminal, and it is recorded."""
