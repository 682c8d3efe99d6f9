"""Skills: the library of executable skills, and skills collected from elsewhere."""
