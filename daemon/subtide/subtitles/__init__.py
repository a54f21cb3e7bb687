"""What a viewer reads: cues, lines, timing, limits, formats."""
