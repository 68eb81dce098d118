"""What agents do and need: who answers whom and by when, drafts, notes, labels, summaries, transcripts."""
