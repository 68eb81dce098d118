"""A text and what it says, in both languages: sentences, words, facts, whether it affirms or denies. Knows no question."""
