from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


# What a run that was interrupted has left: an index, perhaps half built.
LEFT_OVER = [
    "DROP INDEX CONCURRENTLY IF EXISTS latest_offers",
]


class Migration(migrations.Migration):
    """Built while the site goes on working."""

    atomic = False

    dependencies = [
        ("routing", "0006_roles"),
    ]

    operations = [
        migrations.RunSQL(["SET statement_timeout = 0", "SET lock_timeout = 0"], []),
        migrations.RunSQL(LEFT_OVER, []),
        AddIndexConcurrently(
            model_name="offer",
            index=models.Index(fields=["-made_at", "-id"], name="latest_offers"),
        ),
        migrations.RunSQL(["RESET statement_timeout", "RESET lock_timeout"], []),
    ]
