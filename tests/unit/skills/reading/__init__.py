"""Tests of `shellwright.skills.reading`."""
