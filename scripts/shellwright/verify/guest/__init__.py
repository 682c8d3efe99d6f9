"""What the gates run inside a box; it stands on the standard library and pytest alone."""
