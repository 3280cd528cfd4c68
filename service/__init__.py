"""What is answered, and the doors."""
