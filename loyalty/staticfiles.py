"""Which static files are served: ours, and of the libraries' only what a page asks for.

Icons are not: they are written into the page.
"""

from django.contrib.staticfiles.apps import StaticFilesConfig


class ServedFiles(StaticFilesConfig):
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "redoc", "tabler-icons", "SHA256SUMS"]
