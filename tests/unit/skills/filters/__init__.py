"""Tests of `shellwright.skills.filters`."""
