"""Questions whose answers are known, read from files of several forms."""
