"""A film for Chromium's fake camera: what the gate's camera would see, made from a QR code.

Start Chromium with `camera_flags(film)`; getUserMedia then plays the film over and over.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image

# For `add_init_script`: a good answer goes away by itself after 2.5 seconds, which a busy machine may overlook.
LONGER_ANSWERS = """{
  const wait = window.setTimeout;
  window.setTimeout = (call, ms, ...more) => wait(call, ms === 2500 ? 10_000 : ms, ...more);
}"""

WIDTH, HEIGHT = 640, 480
CODE_SIDE = 340
PAPER = 200


def write_film(target: Path, png: bytes, *, frames: int = 6) -> Path:
    """Write an uncompressed film (YUV4MPEG2) that shows the picture in the middle of grey paper.

    Chromium reads the format itself, so no encoder is needed.
    """
    picture = Image.new("L", (WIDTH, HEIGHT), PAPER)
    code = Image.open(BytesIO(png)).convert("L").resize((CODE_SIDE, CODE_SIDE), Image.Resampling.LANCZOS)
    picture.paste(code, ((WIDTH - CODE_SIDE) // 2, (HEIGHT - CODE_SIDE) // 2))
    # Two colour planes of a quarter of the pixels each; 128 is no colour at all.
    colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
    frame = b"FRAME\n" + picture.tobytes() + colourless
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    target.write_bytes(header + frame * frames)
    return target


def camera_flags(film: Path) -> list[str]:
    """Chromium plays the film as its only camera and asks nobody for permission."""
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
