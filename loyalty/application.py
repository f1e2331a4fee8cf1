"""The Django application, loaded whole. Servers load `wsgi`, which also asks the database about its schema."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

application = get_wsgi_application()
_ = get_resolver().url_patterns  # loaded now, so that the first request does not wait for every view's imports
