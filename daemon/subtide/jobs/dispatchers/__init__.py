"""How tasks reach workers."""
