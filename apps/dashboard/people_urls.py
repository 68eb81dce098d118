"""The addresses of people: their own account, the members of a site, and its log."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard import account_codes, account_links, account_pages, people, people_contacts, people_log

of_accounts: list[URLPattern | URLResolver] = [
    path("login/code/", account_codes.log_in_code, name="log_in_code"),
    path("password/forgotten/", account_links.forgot_password, name="forgot_password"),
    path("password/<str:person>/<str:token>/", account_links.set_password, name="set_password"),
    path("invitation/<str:token>/", account_links.invitation, name="invitation"),
    path("account/", account_pages.account, name="account"),
    path("account/profile/", account_pages.save_profile, name="save_profile"),
    path("account/password/", account_pages.change_password, name="change_password"),
    path("account/second-factor/", account_codes.set_up, name="second_factor"),
    path("account/second-factor/codes/", account_codes.renew_codes, name="renew_codes"),
    path("account/second-factor/remove/", account_codes.take_away, name="remove_second_factor"),
    path("account/sessions/<uuid:device_id>/end/", account_pages.end_session, name="end_session"),
    path("account/sessions/end-others/", account_pages.end_other_sessions, name="end_other_sessions"),
]

in_people: list[URLPattern | URLResolver] = [
    path("members/", people.members, name="members"),
    path("members/invite/", people.invite, name="invite"),
    path("members/rule/", people.set_rule, name="set_rule"),
    path("members/<int:member_id>/role/", people.set_role, name="set_role"),
    path("members/<int:member_id>/skills/", people.set_skills, name="set_skills"),
    path("members/<int:member_id>/remove/", people.remove, name="remove_member"),
    path("members/<int:member_id>/end-sessions/", people.end_sessions, name="end_sessions"),
    path("invitations/<uuid:invitation_id>/resend/", people.resend, name="resend_invitation"),
    path("invitations/<uuid:invitation_id>/revoke/", people.revoke, name="revoke_invitation"),
    path("contacts/", people_contacts.contacts, name="contacts"),
    path("contacts/jobs/", people_contacts.jobs, name="data_jobs"),
    path("contacts/jobs/list/", people_contacts.job_list, name="data_job_list"),
    path("contacts/jobs/<uuid:data_job_id>/file/", people_contacts.export_file, name="export_file"),
    path("contacts/<uuid:contact_id>/", people_contacts.contact, name="contact"),
    path("contacts/<uuid:contact_id>/export/", people_contacts.export_contact, name="export_contact"),
    path("contacts/<uuid:contact_id>/erase/", people_contacts.erase_contact, name="erase_contact"),
    path("log/", people_log.log, name="audit_log"),
    path("log/export/", people_log.export, name="export_log"),
]
