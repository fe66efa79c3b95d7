"""What a base sees of rows: their tokens, what is learned of them, and rows that teach nothing."""
