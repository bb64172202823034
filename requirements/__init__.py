"""What is locked, and the bill of it."""
