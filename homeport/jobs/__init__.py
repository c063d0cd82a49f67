"""Work that takes longer than a request: leased rows, and the log of events they leave."""
