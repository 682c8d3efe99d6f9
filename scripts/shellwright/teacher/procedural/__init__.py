"""The procedural teacher: composes executable skills into tasks, without a model."""
