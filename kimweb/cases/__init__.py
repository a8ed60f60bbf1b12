"""The work itself: cases, their stages, and the moves between them."""
