"""The stages: each a function from inputs to an artifact."""
