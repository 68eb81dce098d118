"""The assistant's part: a reply's life as a row, and `dialogue.answer` with what belongs to a site."""
