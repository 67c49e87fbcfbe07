"""Brings database, static files and demo data up to the code: what stands between a start and serving."""

from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Migrates the database, collects static files, and fills an empty demo copy with its data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-static", action="store_true", help="Leave the static files as they are.")

    def handle(self, *args: Any, no_static: bool = False, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if settings.HASHED_STATIC and not no_static:
            call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO and "demo_data" in get_commands():
            call_command("demo_data")
