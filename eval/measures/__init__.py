"""Measures: one formula, one function, one source."""
