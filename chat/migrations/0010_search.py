import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import chat.search

# Immutable, one expression, and not STRICT: so PostgreSQL writes it out where it is called, in the indexes too, instead
# of calling it for each row. What is ASCII, as most messages of many sites are, takes the short way.
#
# Characters: U+0300 to U+036F are accents; the last pattern is the writing that puts no spaces between words, as in
# chat/search.py.
DOCUMENT = r"""
CREATE OR REPLACE FUNCTION chat_search_document(said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT to_tsvector('pg_catalog.simple'::regconfig, translate(
    CASE WHEN octet_length(said) = char_length(said) THEN said
    ELSE regexp_replace(
        normalize(regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]+', '', 'g'), NFC),
        '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u30ff\u31f0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])',
        ' \1 ', 'g')
    END,
    '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)))
$$
"""


# What a run that was interrupted has left: an index, perhaps half built.
LEFT_OVER = [
    "DROP INDEX CONCURRENTLY IF EXISTS customer_words",
    "DROP INDEX CONCURRENTLY IF EXISTS message_words",
]


class Migration(migrations.Migration):
    """Built while the site goes on working: on a large database the first index takes minutes."""

    atomic = False

    dependencies = [
        ("chat", "0009_told_that_nobody_is_free"),
    ]

    operations = [
        migrations.RunSQL([DOCUMENT], ["DROP FUNCTION chat_search_document(text)"]),
        migrations.RunSQL(["SET statement_timeout = 0", "SET lock_timeout = 0"], []),
        migrations.RunSQL(LEFT_OVER, []),
        AddIndexConcurrently(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                chat.search.Document(
                    django.db.models.functions.text.Concat(
                        "name", models.Value(" "), "email", output_field=models.TextField()
                    )
                ),
                fastupdate=False,
                name="customer_words",
            ),
        ),
        AddIndexConcurrently(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(
                chat.search.Document("body"), fastupdate=False, name="message_words"
            ),
        ),
        migrations.RunSQL(["RESET statement_timeout", "RESET lock_timeout"], []),
    ]
