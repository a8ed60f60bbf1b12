"""What is written: documents, their kinds, the office that writes them, and how they are set."""
