"""Scanners of the office, each tried first on a program whose planted holes it must find."""
