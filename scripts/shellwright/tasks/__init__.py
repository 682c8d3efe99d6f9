"""Tasks: what a bundle is made of, and how its files are built."""
