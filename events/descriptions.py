"""What an organiser wrote, made safe to show: plain paragraphs or a little HTML."""

import re

import nh3
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe

TAGS = {"p", "br", "strong", "b", "em", "i", "ul", "ol", "li", "a", "h3", "h4", "blockquote"}
LOOKS_LIKE_HTML = re.compile(r"<(p|br|ul|ol|strong|b|em|i|a|h[1-6]|blockquote|div|span|script)\b", re.IGNORECASE)


def clean_description(text: str) -> SafeString:
    """Safe HTML of a description; plain text keeps its paragraphs."""
    html = text if LOOKS_LIKE_HTML.search(text) else linebreaks(text, autoescape=True)
    cleaned = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return mark_safe(cleaned)  # noqa: S308
