"""Geo experiments: read, measured, checked and designed, from panels alone."""
