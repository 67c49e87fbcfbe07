from celery import shared_task
from django.utils import timezone

from authsettings.models import UsedToken


@shared_task
def forget_used_tokens() -> None:
    """Drop the ids of tokens that have expired. May run twice; nothing depends on when."""
    UsedToken.objects.expired(timezone.now()).delete()
