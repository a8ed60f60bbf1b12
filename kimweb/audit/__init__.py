"""Who changed what: a chain of hashes, written in the same transaction as each change."""
