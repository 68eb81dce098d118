"""Pages of operators about what the assistant may know, and how well it is found."""
