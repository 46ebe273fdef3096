"""The one kind of error that is the user's to mend."""


class UserError(Exception):
    """Say in one sentence what is wrong, where, and how to mend it; the command ends with code 2."""
