"""Backups: the office's rows, files and certificates in one file, checked before it counts."""
