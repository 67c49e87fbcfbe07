"""People, queues and widgets to try the product with. Known passwords: for demo copies only."""

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from authsettings.models import AuthSetting
from config import demo
from routing.models import Agent, Membership, Role
from workstreams.models import Distribution, Queue, Widget, Workstream, WrapUpBlock
from workstreams.modes import Mode

PASSWORD = "parley-demo"  # noqa: S105 - it is printed at each start
SETTING = "Sample shop"
PEOPLE = (
    ("bob", "Bob", "Reyes", Role.AGENT),
    ("alice", "Alice", "Lindqvist", Role.AGENT),
    ("sue", "Sue", "Okafor", Role.SUPERVISOR),
    ("admin", "Ada", "Moreau", Role.ADMINISTRATOR),
)


class Command(BaseCommand):
    help = _(
        "Fills an empty demo copy: sign-ins, queues, a persistent and a live widget. Running it again is safe."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError(
                "Demo data has known passwords. Set DEMO=1 on a copy that listens to loopback alone."
            )
        # The administrator is made last: once there is one, this copy has an owner and is left alone.
        if not User.objects.filter(is_superuser=True).exists():
            _fill()
        _believe_the_shop()


def _fill() -> None:
    support, sales = (Queue.objects.get_or_create(name=name)[0] for name in ("Support", "Sales"))
    setting = _setting()
    _widget(
        public_id="demo-persistent",
        subtitle="Usually answers within two hours",
        workstream=_workstream(queue=support, mode=Mode.PERSISTENT, wrap_up_block=WrapUpBlock.TIMED),
        auth_setting=setting,
    )
    _widget(
        public_id="demo-live",
        subtitle="Ask before you buy",
        workstream=_workstream(queue=sales, mode=Mode.LIVE, wrap_up_block=WrapUpBlock.ALWAYS),
        auth_setting=None,
    )
    for username, first_name, last_name, role in PEOPLE:
        _person(
            username=username, first_name=first_name, last_name=last_name, role=role, queues=[support, sales]
        )


def _workstream(*, queue: Queue, mode: Mode, wrap_up_block: WrapUpBlock) -> Workstream:
    """Named like its queue."""
    values = {
        "mode": mode,
        "queue": queue,
        "distribution": Distribution.PUSH,
        "keep_same_agent": mode == Mode.PERSISTENT,
        "units": 25,
        "wrap_up_block": wrap_up_block,
    }
    return Workstream.objects.get_or_create(name=queue.name, defaults=values)[0]


def _widget(
    *, public_id: str, subtitle: str, workstream: Workstream, auth_setting: AuthSetting | None
) -> None:
    values = {
        "name": workstream.name,
        "title": workstream.name,
        "subtitle": subtitle,
        "workstream": workstream,
        "auth_setting": auth_setting,
    }
    Widget.objects.get_or_create(public_id=public_id, defaults=values)


def _person(*, username: str, first_name: str, last_name: str, role: Role, queues: list[Queue]) -> None:
    values = {"first_name": first_name, "last_name": last_name, "password": hashed_password()}
    user, is_new = User.objects.get_or_create(username=username, defaults=values)
    agent, _created = Agent.objects.get_or_create(user=user, defaults={"role": role, "capacity": 100})
    if role == Role.AGENT:
        for queue in queues:
            Membership.objects.get_or_create(agent=agent, queue=queue)
    if is_new and role == Role.ADMINISTRATOR:
        user.is_staff = user.is_superuser = True
        user.save()


@cache
def hashed_password() -> str:
    return make_password(PASSWORD)  # slow by design: once for everybody


def _setting() -> AuthSetting:
    values = {"public_key": demo.public_key_pem(), "issuer": demo.ISSUER, "sign_in_url": _sign_in_url()}
    return AuthSetting.objects.get_or_create(name=SETTING, defaults=values)[0]


def _believe_the_shop() -> None:
    """The shop's key lies in DATA_DIR, the port in the environment: either may be new since the last start."""
    shops = AuthSetting.objects.filter(name=SETTING, issuer=demo.ISSUER).exclude(public_key="")
    shops.update(public_key=demo.public_key_pem(), sign_in_url=_sign_in_url())


def _sign_in_url() -> str:
    return f"{settings.PUBLIC_URL or f'http://localhost:{settings.PORT}'}/demo/#sign-in"
