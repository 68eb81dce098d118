"""Files in a conversation: what they are, taken in, handed out."""
