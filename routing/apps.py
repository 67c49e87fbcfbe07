from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = _("Agents and routing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from routing import receivers, roles
        from routing.desk import authority, delivery

        delivery.subscribe()
        authority.watch()
        receivers.subscribe()
        post_migrate.connect(roles.grant, sender=self)
