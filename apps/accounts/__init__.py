"""People who log in: their passwords, their second factor, and the devices that they are logged in on.

AccountError
├── BadCode          the code is wrong, too old, or was used before
└── BadPassword      the password given again is not theirs
"""
