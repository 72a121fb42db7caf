"""The history of the library's tables, run by storage.migrate."""
