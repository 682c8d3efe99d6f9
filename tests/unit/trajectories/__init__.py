"""Tests of `shellwright.trajectories`."""
