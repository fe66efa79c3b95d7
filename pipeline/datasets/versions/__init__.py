"""Immutable versions of a dataset on disk."""
