"""Metrics: what one model's answers are worth."""
