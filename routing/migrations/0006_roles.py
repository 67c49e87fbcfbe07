"""A group for each role, and everybody in that of theirs. The permissions are given after each migration."""

from django.db import migrations

GROUPS = {"agent": "Agents", "supervisor": "Supervisors", "administrator": "Administrators"}


def make_groups(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    User = apps.get_model("auth", "User")
    for role, name in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        people = User.objects.filter(agent__role=role)
        group.user_set.add(*people)
        if role != "agent":
            people.update(is_staff=True)


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0005_alerts"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
