"""Who did what. Entries are added and never changed; `record` is called in the transaction of what it records."""
