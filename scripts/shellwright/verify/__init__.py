"""The gates: what a task must show before anything is trained on it."""
