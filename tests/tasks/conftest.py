"""Fixtures shared with the dispatch tests."""

from tests.dispatch.conftest import sink

__all__ = ["sink"]
