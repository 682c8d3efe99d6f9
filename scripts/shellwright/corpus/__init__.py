"""The corpus: exact dedup, decontamination, filter columns and statistics over trajectories."""
