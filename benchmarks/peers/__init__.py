"""Other tools for the same question, each in its own environment, on the same data and machine."""
