"""What a table is about: facts of its columns, and which column plays which role."""
