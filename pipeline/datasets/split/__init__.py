"""Which row goes into training, validation or test."""
