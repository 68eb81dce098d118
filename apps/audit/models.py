"""The log of who did what.

It outlives what it tells of: site and person are plain ids beside the person's name as it was, and no customer's name or
words are in it. A row is never changed; rows go only as a whole with the database.
"""

from typing import Any, NoReturn

from django.db import models

from apps.audit.kinds import label_of

NEVER = "Entries of the audit log are only ever added."


class Entries(models.QuerySet["Entry"]):
    def update(self, **changes: Any) -> NoReturn:
        raise TypeError(NEVER)

    def delete(self) -> NoReturn:
        raise TypeError(NEVER)


class Entry(models.Model):
    site_id = models.UUIDField(
        null=True, blank=True
    )  # None: of no site, as a failed log-in under an unknown name
    by_id = models.BigIntegerField(null=True, blank=True)  # None: SeekDesk itself, or nobody known
    by_name = models.CharField(max_length=310, blank=True)
    token = models.CharField(max_length=100, blank=True)  # the name of the access token that acted
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=300, blank=True)  # whom or what it was done to
    detail = models.TextField(blank=True)  # how, or why
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = Entries.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["site_id", "-at"], name="audit_of_site"),
            models.Index(fields=["site_id", "by_id", "-at"], name="audit_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.kind} {self.subject}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise TypeError(NEVER)
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise TypeError(NEVER)

    @property
    def what(self) -> str:
        return label_of(self.kind)

    @property
    def who(self) -> str:
        return self.by_name or self.token or "SeekDesk"
