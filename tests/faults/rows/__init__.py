"""The rows of the matrix by theme; importing this package enters them all."""

from tests.faults.rows import bell, deadlines, web, workers

__all__ = ["bell", "deadlines", "web", "workers"]
