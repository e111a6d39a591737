"""Worlds with known truth, and how often the verdict on them is wrong."""
