"""The rows of the matrix by theme; importing this package enters them all."""

from tests.faults.rows import (
    bell,
    deadlines,
    everything,
    letters,
    machine,
    machines,
    outside,
    people,
    web,
    workers,
)

__all__ = [
    "bell",
    "deadlines",
    "everything",
    "letters",
    "machine",
    "machines",
    "outside",
    "people",
    "web",
    "workers",
]
