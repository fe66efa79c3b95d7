"""Alembic's environment and versions, shipped as package data."""
