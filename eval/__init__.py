"""How well: question sets, measures and their runs."""
