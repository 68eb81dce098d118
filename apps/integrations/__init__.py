"""Other programs: what they may do here (access tokens), and what they are told (webhooks). Knows no requests.

IntegrationError
├── BadInput        422  a name, a scope, an address or a kind that cannot be taken
└── NotPossibleNow  409  the state forbids it: key_reused, in_progress, too_many
"""
