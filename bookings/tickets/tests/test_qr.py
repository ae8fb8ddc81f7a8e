from io import BytesIO

import zxingcpp
from PIL import Image, ImageDraw

from bookings.tickets.codes import sign_ticket
from bookings.tickets.qr import QUIET_ZONE, qr_png


def read_image(png):
    return Image.open(BytesIO(png)).convert("L")


def test_another_decoder_reads_the_code():
    text = sign_ticket(2**63, 7)
    [found] = zxingcpp.read_barcodes(read_image(qr_png(text)))
    assert found.text == text


def test_the_code_is_small_enough_for_big_squares():
    image = read_image(qr_png(sign_ticket(1, 1), module_pixels=1))
    assert image.size == (37 + 2 * QUIET_ZONE,) * 2


def test_the_quiet_zone_is_white():
    image = read_image(qr_png("A", module_pixels=10))
    inner = image.crop((40, 40, image.width - 40, image.height - 40))
    image.paste(255, (40, 40, image.width - 40, image.height - 40))
    assert image.getextrema() == (255, 255)
    assert inner.getpixel((0, 0)) == 0


def test_a_smudge_does_not_hide_the_ticket():
    text = sign_ticket(5, 1)
    image = read_image(qr_png(text))
    ImageDraw.Draw(image).ellipse((200, 200, 270, 270), fill=255)
    [found] = zxingcpp.read_barcodes(image)
    assert found.text == text
