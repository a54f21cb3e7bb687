"""Translation: cues in, the same cues in another language out."""
