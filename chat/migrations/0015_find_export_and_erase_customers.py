from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


# What a run that was interrupted has left: an index, perhaps half built.
LEFT_OVER = [
    "DROP INDEX CONCURRENTLY IF EXISTS latest_conversations",
    "DROP INDEX CONCURRENTLY IF EXISTS latest_customers",
    "DROP INDEX CONCURRENTLY IF EXISTS customer_subject",
]


class Migration(migrations.Migration):
    """The indexes are built while the site goes on working."""

    atomic = False

    dependencies = [
        ("chat", "0014_found_by_who_may_be_away"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("export_customer", "Can export everything about a customer"),
                    ("erase_customer", "Can erase what is known of a customer"),
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
        migrations.RunSQL(["SET statement_timeout = 0", "SET lock_timeout = 0"], []),
        migrations.RunSQL(LEFT_OVER, []),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(fields=["-started_at", "-id"], name="latest_conversations"),
        ),
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(fields=["-created_at", "-id"], name="latest_customers"),
        ),
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(fields=["subject"], name="customer_subject"),
        ),
        migrations.RunSQL(["RESET statement_timeout", "RESET lock_timeout"], []),
    ]
