"""What can make a skill unsafe, by kind of harm."""
