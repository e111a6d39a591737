"""Why the same money brings more in one region than in another, and the test that would tell."""
