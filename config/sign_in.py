"""The page where agents, supervisors and administrators sign in; and why somebody cannot any more."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import AllowAllUsersModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

DEACTIVATED = _("This account was deactivated. If that is a mistake, an administrator can open it again.")


class SignInForm(AuthenticationForm):
    """Who knows the password of a closed account is told so; nobody else learns that there is one."""

    error_messages = {
        "invalid_login": _(
            "That name and password do not go together. Check both, and whether the capitals lock is on."
        ),
        "inactive": DEACTIVATED,
    }

    def get_invalid_login_error(self) -> ValidationError:
        name, password = (self.cleaned_data.get(field) for field in ("username", "password"))
        known = AllowAllUsersModelBackend().authenticate(self.request, username=name, password=password)
        code = "invalid_login" if known is None else "inactive"
        return ValidationError(self.error_messages[code], code=code)


class SignIn(LoginView):
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = DEACTIVATED if _was_deactivated(self.request) else ""
        return super().get_context_data(**kwargs) | {"why_here": told}


def _was_deactivated(request: HttpRequest) -> bool:
    """Whether this browser was signed in with an account that has been closed since."""
    user_id = request.session.get(SESSION_KEY)
    return user_id is not None and User.objects.filter(pk=user_id, is_active=False).exists()
