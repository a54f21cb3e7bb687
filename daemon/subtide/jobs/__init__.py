"""The durable record of work, and how it reaches the processes that do it."""
