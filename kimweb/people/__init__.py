"""Who: persons, the lanes they hold, and what they may do."""
