"""The skill graph: scenarios joined by the skills that lead from one to the other."""
