"""Answers: how each model is asked, and what it said."""
