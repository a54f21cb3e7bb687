"""What is installed, what can be pulled, and whether it is intact."""
