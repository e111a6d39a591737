"""The regression that most people would run first, with its diagnostics: a comparison, not an estimate."""
