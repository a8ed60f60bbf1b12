"""What leaves the house: the address book, the outbox, the mailer."""
