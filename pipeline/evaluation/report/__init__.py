"""Reports: a verdict in words, as a table and as Markdown."""
