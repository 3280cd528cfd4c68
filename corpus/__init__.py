"""What was written: statements, their readers and their passages."""
