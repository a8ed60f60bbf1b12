"""What the SOP says: the book of steps, working time, the printed chart. No database, no web."""
