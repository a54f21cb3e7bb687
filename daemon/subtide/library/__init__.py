"""What is there, what the policy wants, what is missing, and the plan to make it."""
