"""Many files at once: what is handed in, how it is watched, and the file of results."""
