"""What can be refused to a person about their own log-in (the tree is drawn in the package's docstring)."""

from django.utils.translation import gettext as _


class AccountError(Exception):
    @property
    def sentence(self) -> str:
        raise NotImplementedError


class BadCode(AccountError):
    @property
    def sentence(self) -> str:
        return _("This code is not right, or was used before. Wait for the next one.")


class BadPassword(AccountError):
    @property
    def sentence(self) -> str:
        return _("This is not your password.")
