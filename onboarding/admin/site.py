"""The staff's site as a whole: who gets in, and what no page of it offers."""

from allauth.account.admin import EmailAddress
from allauth.account.decorators import secure_admin_login
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.urls import URLPattern, URLResolver

from onboarding.admin import reports

# One door for everyone: allauth's sign-in, with its limits. Who is signed in and no staff gets 403.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
_urls_of_nouns = admin.site.get_urls


def _get_urls() -> list[URLPattern | URLResolver]:
    """With the pages that belong to no noun, before Django's own, the last of which takes all."""
    return [*reports.urls(admin.site), *_urls_of_nouns()]


admin.site.get_urls = _get_urls  # type: ignore[method-assign]
admin.site.index_title = "What waits"
# What has history is never deleted, and nothing is deleted by the dozen.
admin.site.disable_action("delete_selected")
# Each is a person's own, seen and ended on the page "Your account". Imported from where allauth
# registers them, so that they are registered by now.
_HIDDEN = (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession)
for model in _HIDDEN:
    admin.site.unregister(model)
