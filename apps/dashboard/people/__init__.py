"""Pages of admins about people: members, customers and their data, the log of who did what."""
