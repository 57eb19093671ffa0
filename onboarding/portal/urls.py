"""Where the customer's pages are."""

from django.urls import path

from onboarding.portal import (
    certificates,
    csrs,
    customers,
    downloads,
    exports,
    home,
    intake,
    invitations,
    keys,
    mail_links,
    notifications,
    people,
    preferences,
)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("language", preferences.switch, name="switch_language"),
    path("preferences", preferences.preferences, name="preferences"),
    path("customers/<uuid:pk>/", customers.customer, name="customer"),
    path("customers/<uuid:pk>/history", customers.history, name="history"),
    path("customers/<uuid:pk>/apple-account", customers.apple_account, name="apple_account"),
    path("customers/<uuid:pk>/people", people.people, name="people"),
    path("members/<int:pk>/role", people.member_role, name="member_role"),
    path("members/<int:pk>/remove", people.member_remove, name="member_remove"),
    path("invitations/<uuid:pk>/resend", people.invitation_resend, name="invitation_resend"),
    path("invitations/<uuid:pk>/withdraw", people.invitation_withdraw, name="invitation_withdraw"),
    # The link in the mail, which leads to the page below at once.
    path("invitations/<str:token>/", invitations.follow, name="invitation_link"),
    path("invitation", invitations.invitation, name="invitation"),
    path("customers/<uuid:pk>/csrs/start", intake.csr_start, name="csr_start"),
    path("customers/<uuid:pk>/csrs/account", intake.csr_account, name="csr_account"),
    path("customers/<uuid:pk>/notifications", notifications.notifications, name="notifications"),
    path("customers/<uuid:pk>/contact", notifications.contact, name="contact"),
    path("customers/<uuid:pk>/contact/remove", notifications.contact_remove, name="contact_remove"),
    path("reminders/stop/<str:token>/", mail_links.stop, name="stop"),
    path("customers/<uuid:pk>/csrs/new", intake.csr_create, name="csr_create"),
    path("customers/<uuid:pk>/csrs/upload", intake.csr_upload, name="csr_upload"),
    path("csrs/<uuid:pk>/", csrs.csr, name="csr"),
    path("csrs/<uuid:pk>/progress", csrs.csr_progress, name="csr_progress"),
    path("csrs/<uuid:pk>/signed-request", downloads.signed_request_file, name="signed_request"),
    path("csrs/<uuid:pk>/csr.pem", downloads.csr_file, name="csr_file"),
    path("csrs/<uuid:pk>/certificate", csrs.certificate_upload, name="certificate_upload"),
    path("csrs/<uuid:pk>/created", csrs.created, name="created"),
    path("csrs/<uuid:pk>/withdraw", csrs.withdraw, name="withdraw"),
    path("csrs/<uuid:pk>/key/delete", keys.key_delete, name="key_delete"),
    path("certificates/<uuid:pk>/", certificates.certificate, name="certificate"),
    path("certificates/<uuid:pk>/renew", certificates.renew, name="renew"),
    path(
        "certificates/<uuid:pk>/certificate.pem",
        downloads.certificate_file,
        name="certificate_file",
    ),
    path("certificates/<uuid:pk>/export", exports.export_create, name="export_create"),
    path("exports/<uuid:pk>/", exports.export, name="export"),
    path("exports/<uuid:pk>/progress", exports.export_progress, name="export_progress"),
    path("exports/<uuid:pk>/file", exports.export_file, name="export_file"),
]
