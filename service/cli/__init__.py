"""The door for people at a terminal: the commands."""
