"""A language model, and the checks that what it writes must pass."""
