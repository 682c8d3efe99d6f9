"""What a build came to, for people: a summary in the terminal and a page to look around in."""
