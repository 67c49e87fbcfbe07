from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuthSettingsConfig(AppConfig):
    name = "authsettings"
    verbose_name = _("Authentication settings")
    default_auto_field = "django.db.models.BigAutoField"
