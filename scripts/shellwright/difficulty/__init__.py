"""How hard tasks are: the share of a configured agent's attempts that solve them."""
