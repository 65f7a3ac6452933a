"""Everything under /admin/: the sign-in, and Django's admin behind it."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.contrib import admin
from django.urls import path
from django.views.decorators.http import require_POST
from django.views.generic import RedirectView

from triage.desk.sign_in import add_app, show_recovery_codes

# Only the allauth pages that staff need: no sign-up, nothing by mail. The names are allauth's.
urlpatterns = [
    # In place of Django's own sign-in, whose tries are not limited.
    path("login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/code/", second_factor.authenticate, name="mfa_authenticate"),
    path("sign-out/", require_POST(account.logout), name="account_logout"),
    path("second-factor/", second_factor.index, name="mfa_index"),
    path("second-factor/", second_factor.index, name="mfa_list_webauthn"),
    path("second-factor/password/", account.reauthenticate, name="account_reauthenticate"),
    path("second-factor/app/add/", add_app, name="mfa_activate_totp"),
    path("second-factor/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-factor/passkey/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("second-factor/passkey/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("second-factor/recovery-codes/", show_recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/recovery-codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("", admin.site.urls),
]
