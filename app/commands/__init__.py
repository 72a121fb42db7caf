"""The commands of `readonce`, one file for each noun or verb."""
