"""Time pressing on cases: the ladder of rungs and the sweep that takes them."""
