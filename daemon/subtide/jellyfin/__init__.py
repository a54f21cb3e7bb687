"""The one edge to the server: nothing else knows its paths, codes or traps."""
