"""Of allauth's pages those that this portal has; the rest do not exist."""

from allauth.account import views
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path
from django.views.decorators.cache import never_cache

from onboarding.portal import elsewhere, sessions
from onboarding.portal.account import account
from onboarding.portal.door import whole
from onboarding.portal.sign_in import PasswordReset, login

urlpatterns = [
    path("", account, name="account_index"),
    path("login/", login, name="account_login"),
    path("elsewhere/<uuid:provider_id>/login/", elsewhere.login, name="openid_connect_login"),
    path(
        "elsewhere/<uuid:provider_id>/login/callback/",
        elsewhere.callback,
        name="openid_connect_callback",
    ),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", whole(views.password_change), name="account_change_password"),
    path("password/set/", whole(views.password_set), name="account_set_password"),
    path("password/reset/", never_cache(PasswordReset.as_view()), name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        whole(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    # Where allauth's pages of the second factor lead back to.
    path("security/", account, name="mfa_index"),
    path("security/code/", second_factor.authenticate, name="mfa_authenticate"),
    path("security/code/again/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("app/add/", never_cache(whole(totp.activate_totp)), name="mfa_activate_totp"),
    path("app/remove/", whole(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "recovery-codes/",
        never_cache(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "recovery-codes/new/",
        whole(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "recovery-codes/file/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("passkeys/add/", never_cache(whole(passkeys.add_webauthn)), name="mfa_add_webauthn"),
    path("passkeys/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("passkeys/again/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/<int:pk>/remove/", whole(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("passkeys/<int:pk>/rename/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("sessions/", sessions.sessions, name="usersessions_list"),
    path("sessions/<int:pk>/end/", sessions.end, name="session_end"),
]
