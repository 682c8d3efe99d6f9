"""Sources of skills, most of them hostile."""
