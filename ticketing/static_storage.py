from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("backoffice", "bookings", "scanner")
# `from "./choice.js"` in our own modules; other people's packages import what only a bundler finds.
IMPORT = (r"""(?P<matched>\bfrom\s+["'](?P<url>\.{1,2}/[^"']+\.js)["'])""", 'from "%(url)s"')


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types.
    """Names carry a hash of the content, also where one script imports another: a release never mixes old and new."""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((f"{folder}/*.js", (IMPORT,)) for folder in OURS),
    )
