"""A mail server that keeps what it gets, and what is in it: the PDF and the code on its first page."""

import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import pypdfium2
import zxingcpp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.processes import find_free_port
from deploy.smoke.visitor import SmokeError


class Mailbox:
    """Use as a context manager; `url` is what EMAIL_URL wants."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.port = find_free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "Mailbox":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"

    def wait_for(self, recipient: str, *, seconds: float = 30) -> EmailMessage:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for recipients, mail in self.mails:
                if recipient in recipients:
                    return mail
            time.sleep(0.05)
        raise SmokeError(f"no mail for {recipient} within {seconds:.0f} seconds")


def read_pdf(mail: EmailMessage) -> bytes:
    for part in mail.iter_attachments():
        if part.get_content_type() == "application/pdf":
            return part.get_content()
    raise SmokeError("the mail has no PDF attached")


def read_codes(pdf: bytes) -> list[str]:
    """What an independent decoder reads on each page, drawn as a phone would show it."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for page in document:
        found += [code.text for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())]
    if not found:
        raise SmokeError("the PDF has no code that can be read")
    return found
