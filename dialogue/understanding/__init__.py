"""A message → what its writer wants: language, questions, acts, wishes. The first step of an answer."""
