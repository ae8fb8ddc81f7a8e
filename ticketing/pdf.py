"""PDFs out of our own templates."""

import logging
from collections.abc import Mapping
from io import BytesIO

from django.conf import settings
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


class PdfError(Exception):
    """The renderer could not make the PDF: a fault of ours, not of the reader's."""


def render_pdf(template: str, context: Mapping[str, object]) -> bytes:
    """The template as a PDF; it gets `font_dir` and `site_name` besides. Raises PdfError."""
    html = render_to_string(
        template, {**context, "font_dir": settings.TICKET_FONT_DIR, "site_name": settings.SITE_NAME}
    )
    target = BytesIO()
    # Imported here: it takes 60 MB and two seconds, and few web processes ever print.
    from xhtml2pdf import pisa  # noqa: PLC0415
    from xhtml2pdf.config.resources import ResourceAccessPolicy  # noqa: PLC0415

    # The renderer may read our fonts and nothing else, whatever ends up in the HTML.
    fonts_only = ResourceAccessPolicy(allow_remote=False, base_dir=str(settings.TICKET_FONT_DIR))
    outcome = pisa.CreatePDF(html, target, encoding="utf-8", resource_policy=fonts_only)
    if outcome.err:
        logger.error("pdf failed", extra={"template": template})
        raise PdfError
    return target.getvalue()
