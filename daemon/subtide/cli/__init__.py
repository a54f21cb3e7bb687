"""Thin commands: each reads its options, calls one thing below, and prints."""
