"""What happens, told live: the broker, one stream of events a conversation, and rows from async code."""
