"""Speech: audio in, words with times out."""
