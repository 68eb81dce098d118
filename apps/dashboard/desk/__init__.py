"""Pages of agents: the inbox, one conversation, and what a person does there."""
