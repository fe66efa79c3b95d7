"""Files into tables: encoding, dialect, records."""
