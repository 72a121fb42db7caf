"""Read documents as files that another library opens: docs/library_care.md tells the format."""
