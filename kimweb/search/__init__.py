"""Finding anything by words: cases, letters, recipients, groups, people."""
