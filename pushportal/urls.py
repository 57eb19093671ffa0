"""Every address of the web process."""

from django.contrib import admin
from django.urls import include, path

from onboarding.portal.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("onboarding.portal.account_urls")),
    path("", include("onboarding.portal.urls")),
]
handler400 = "onboarding.portal.error_pages.bad_request"
handler500 = "onboarding.portal.error_pages.server_error"
