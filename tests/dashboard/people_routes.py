"""The routes of a site's people, its log and its settings, and rows for their ids, for `test_access.py`. All are admins'."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations.models import Contact, Member, Site
from apps.people.models import DataJob, Invitation

SHOWN = (
    "members",
    "contacts",
    "contact",
    "data_jobs",
    "data_job_list",
    "export_file",
    "audit_log",
    "site_settings",
)
CHANGED = (
    "invite",
    "set_rule",
    "set_role",
    "set_skills",
    "remove_member",
    "end_sessions",
    "resend_invitation",
    "revoke_invitation",
    "export_log",
    "export_contact",
    "erase_contact",
    "save_face",
    "save_origins",
    "renew_identity_secret",
    "save_hours",
    "save_promises",
    "save_assignment",
    "save_check",
    "save_skill_rules",
)
# What these are given stands in the form, which is empty here.
NOTHING_GIVEN = {
    "erase_contact": 422,
    "invite": 422,
    "set_role": 422,
    "save_face": 422,
    "save_hours": 422,
    "save_check": 422,
}
# About a person's own log-in: they belong to no site.
ONES_OWN = {
    "account",
    "save_profile",
    "change_password",
    "second_factor",
    "renew_codes",
    "remove_second_factor",
    "end_session",
    "end_other_sessions",
}
OF_ACCOUNTS = ONES_OWN | {"log_in_code", "forgot_password", "set_password", "invitation"}


def finished_export(site: Site) -> DataJob:
    """As its admin asked for it."""
    admin = Member.objects.filter(site=site, role=Member.Role.ADMIN).earliest("pk")
    return DataJob.objects.create(
        site=site,
        kind=DataJob.Kind.EXPORT,
        contact_id=uuid.uuid4(),
        by=admin.user,
        state=DataJob.State.DONE,
        file=default_storage.save("exports/00/walk", ContentFile(b"{}")),
        expires_at=timezone.now() + timedelta(hours=1),
    )


def people_ids(site: Site) -> dict[str, Any]:
    """A member who is nobody's last admin, and an invitation that is open."""
    user = User.objects.create_user(username=f"colleague-{site.pk}")
    return {
        "member_id": Member.objects.create(site=site, user=user, role=Member.Role.AGENT).pk,
        "contact_id": Contact.objects.create(site=site, name="A customer").pk,
        "data_job_id": finished_export(site).pk,
        "invitation_id": Invitation.objects.create(site=site, email="new@shop.example", role="agent").pk,
    }
