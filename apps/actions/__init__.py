"""What a site does for its customers through its own services: a registry of actions, and each call of one. Knows no requests.

ActionError
├── BadInput   422  a name, a schema, an address or a text of an action that cannot be taken
"""
