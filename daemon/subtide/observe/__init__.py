"""Logs, and what later watches over the daemon."""
