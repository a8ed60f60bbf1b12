"""The fault matrix: real processes die, freeze or are cut off; nothing may be lost."""
