"""The rows of the matrix by theme; importing this package enters them all."""

from tests.faults.rows import workers

__all__ = ["workers"]
