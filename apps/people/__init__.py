"""The people of a site: its members, whom they invite, and what the site asks of them."""
