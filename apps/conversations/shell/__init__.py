"""What our commands do: sites and documents from folders, and what all commands share."""
