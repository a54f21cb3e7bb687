"""What makes Subtide look at the server: every signal ends in a look."""
