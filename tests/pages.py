"""What a person sees of an answer."""

import re

from django.contrib.messages import get_messages
from django.http import HttpResponse


def text_of(response: HttpResponse) -> str:
    """Its markup with every gap one space wide."""
    return re.sub(r"\s+", " ", response.content.decode())


def said(response: HttpResponse) -> list[str]:
    """The messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]
