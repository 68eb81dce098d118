"""The agents' and operators' face: pages made on the server, kept live with htmx and one event stream a page.

Views translate: request → one call into a room below → page. What a person may reach is decided in `access.py`,
which every view behind the log-in goes through, and by the querysets of the rooms below.
"""
