"""The addresses of people: their own account, the members of a site, and its log."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard.account import codes, links, pages
from apps.dashboard.people import contacts, log, members

of_accounts: list[URLPattern | URLResolver] = [
    path("login/code/", codes.log_in_code, name="log_in_code"),
    path("password/forgotten/", links.forgot_password, name="forgot_password"),
    path("password/<str:person>/<str:token>/", links.set_password, name="set_password"),
    path("invitation/<str:token>/", links.invitation, name="invitation"),
    path("account/", pages.account, name="account"),
    path("account/profile/", pages.save_profile, name="save_profile"),
    path("account/password/", pages.change_password, name="change_password"),
    path("account/second-factor/", codes.set_up, name="second_factor"),
    path("account/second-factor/codes/", codes.renew_codes, name="renew_codes"),
    path("account/second-factor/remove/", codes.take_away, name="remove_second_factor"),
    path("account/sessions/<uuid:device_id>/end/", pages.end_session, name="end_session"),
    path("account/sessions/end-others/", pages.end_other_sessions, name="end_other_sessions"),
]

in_people: list[URLPattern | URLResolver] = [
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/rule/", members.set_rule, name="set_rule"),
    path("members/<int:member_id>/role/", members.set_role, name="set_role"),
    path("members/<int:member_id>/skills/", members.set_skills, name="set_skills"),
    path("members/<int:member_id>/remove/", members.remove, name="remove_member"),
    path("members/<int:member_id>/end-sessions/", members.end_sessions, name="end_sessions"),
    path("invitations/<uuid:invitation_id>/resend/", members.resend, name="resend_invitation"),
    path("invitations/<uuid:invitation_id>/revoke/", members.revoke, name="revoke_invitation"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/jobs/", contacts.jobs, name="data_jobs"),
    path("contacts/jobs/list/", contacts.job_list, name="data_job_list"),
    path("contacts/jobs/<uuid:data_job_id>/file/", contacts.export_file, name="export_file"),
    path("contacts/<uuid:contact_id>/", contacts.contact, name="contact"),
    path("contacts/<uuid:contact_id>/export/", contacts.export_contact, name="export_contact"),
    path("contacts/<uuid:contact_id>/erase/", contacts.erase_contact, name="erase_contact"),
    path("log/", log.log, name="audit_log"),
    path("log/export/", log.export, name="export_log"),
]
