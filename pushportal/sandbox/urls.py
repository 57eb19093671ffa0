"""The stand-in's addresses."""

from django.urls import path

from pushportal.sandbox import views

urlpatterns = [
    path("", views.certificates, name="certificates"),
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("create", views.create, name="create"),
    path("certificates/<uuid:number>/renew", views.renew, name="renew"),
    path("certificates/<uuid:number>/issued", views.issued, name="issued"),
    path("certificates/<uuid:number>/download", views.download, name="download"),
    path("certificates/<uuid:number>/revoke", views.revoke, name="revoke"),
]
handler404 = "pushportal.sandbox.views.not_found"
