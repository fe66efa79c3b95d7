"""What is wrong with rows, and which of them are set aside."""
