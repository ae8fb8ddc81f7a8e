"""Where the demo's mails go: a folder each, to be opened with whatever is on the machine."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage, EmailMultiAlternatives
from django.utils import timezone
from django.utils.text import slugify


class FolderBackend(BaseEmailBackend):
    """Write each mail to a folder of its own: message.txt, message.html, the attachments, and the whole as .eml."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            write_message(message, Path(settings.EMAIL_FILE_PATH))
        return len(email_messages)


def write_message(message: EmailMessage, root: Path) -> None:
    folder = make_folder(root, message.subject)
    heading = f"To: {', '.join(message.recipients())}\nFrom: {message.from_email}\nSubject: {message.subject}\n\n"
    (folder / "message.txt").write_text(heading + message.body)
    (folder / "message.eml").write_bytes(message.message().as_bytes())
    if isinstance(message, EmailMultiAlternatives):
        for content, kind in message.alternatives:
            if kind == "text/html":
                (folder / "message.html").write_text(str(content))
    for attachment in message.attachments:
        if isinstance(attachment, tuple):
            name, content, _ = attachment
            data = content.encode() if isinstance(content, str) else bytes(content or b"")
            (folder / Path(name or "attachment").name).write_bytes(data)


def make_folder(root: Path, subject: str) -> Path:
    """A new folder named by time and subject; two mails of one second get different ones."""
    name = f"{timezone.now():%Y-%m-%d-%H%M%S}-{slugify(subject)[:60]}"
    for number in count(1):
        folder = root / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError  # count() never ends
