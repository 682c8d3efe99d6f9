"""Teachers: who writes a task from a blueprint."""
