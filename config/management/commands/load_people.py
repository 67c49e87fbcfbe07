"""The people and room a load run needs: agents with enough places, and customers who are signed in."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.actions import open_session
from config import demo
from config.management.commands.demo_data import PASSWORD, hashed_password
from routing.models import Agent, Membership
from workstreams.models import Queue, Widget

WIDGET = "demo-persistent"
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Command(BaseCommand):
    help = _(
        "Makes agents and customers for a load run, and writes their sign-ins to a file, whose path it prints. "
        "Running it again adds what is missing, sets the agents' places and signs the customers in anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agents", type=int, default=25)
        parser.add_argument("--units", type=int, default=1_000, help="Places of each agent.")
        parser.add_argument("--customers", type=int, default=500)
        parser.add_argument("--out", type=Path, default=None, help="Default: load_people.json in DATA_DIR.")

    def handle(
        self,
        *args: Any,
        agents: int,
        units: int,
        customers: int,
        out: Path | None,
        **options: Any,
    ) -> None:
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError(
                "These people have known passwords. Set DEMO=1 on a copy that listens to loopback alone."
            )
        call_command("demo_data")  # the queue and the widget
        widget = Widget.objects.select_related("workstream__queue", "auth_setting").get(public_id=WIDGET)
        people = {
            "widget": WIDGET,
            "password": PASSWORD,
            "agents": [_agent(number, units, widget.workstream.queue) for number in range(1, agents + 1)],
            "customers": [_customer(number, widget) for number in range(1, customers + 1)],
        }
        self.stdout.write(str(_write(out or Path(settings.DATA_DIR) / "load_people.json", people)))


def _agent(number: int, units: int, queue: Queue) -> dict[str, Any]:
    """Signs in with the demo's password; ``cookie`` spares a load run hundreds of slow password checks."""
    names = {"first_name": f"Agent {number}", "last_name": "Load", "password": hashed_password()}
    user, _is_new = User.objects.get_or_create(username=f"load-agent-{number}", defaults=names)
    agent, _is_new = Agent.objects.update_or_create(user=user, defaults={"capacity": units, "missed": False})
    Membership.objects.get_or_create(agent=agent, queue=queue)
    return {"username": user.username, "cookie": f"{settings.SESSION_COOKIE_NAME}={_signed_in(user)}"}


def _signed_in(user: User) -> str:
    """The key of a session as signing in makes it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _customer(number: int, widget: Widget) -> dict[str, str]:
    """``session`` is what the socket's hello and ``Authorization: Bearer`` want; good for an hour."""
    subject, now = f"load-customer-{number}", timezone.now()
    token = demo.signed(subject=subject, told={"name": f"Customer {number}"}, now_s=int(now.timestamp()))
    opened = open_session(widget=widget, token=token, locale="en", context={}, now=now)
    return {"sub": subject, "session": opened.token}


def _write(path: Path, people: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(people, indent=1) + "\n")
    return path.resolve()
