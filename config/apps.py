from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.contrib.staticfiles.apps import StaticFilesConfig


class ProjectConfig(AppConfig):
    """The composition root as an app: commands, the sample shop, the pages about the server itself."""

    name = "config"
    default = True

    def ready(self) -> None:
        # Tasks bind to the application that was made last; it must exist before anyone sends one.
        import config.celery  # noqa: F401
        from config.metrics import registry

        registry.install()


class Admin(admin_apps.AdminConfig):
    """Django's own, with our site."""

    default = False
    default_site = "config.admin_center.site.AdminCenter"


class StaticFiles(StaticFilesConfig):
    """Django's own, without what no page of ours names: megabytes to hash at each start."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "rest_framework*",
        "drf_spectacular_sidecar/redoc*",
        "drf_spectacular_sidecar/*.map",
    ]
