"""What a site does for its customers through its own services: a registry of actions, and each call of one. Knows no requests.

ActionError
├── BadInput        422  a name, a schema, an address or a text of an action that cannot be taken
└── NotPossibleNow  409  the state forbids it: customer_unknown, take_over_first
"""
