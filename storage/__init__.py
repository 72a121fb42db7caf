"""The library of documents: rows and bytes, kept in SQLite."""
