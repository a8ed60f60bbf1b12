"""The rows of the matrix by theme; importing this package enters them all."""

from tests.faults.rows import bell, deadlines, letters, web, workers

__all__ = ["bell", "deadlines", "letters", "web", "workers"]
