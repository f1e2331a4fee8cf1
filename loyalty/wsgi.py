import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from loyalty.schema import refuse_unknown_schema_once_it_answers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

application = get_wsgi_application()
refuse_unknown_schema_once_it_answers()
_ = get_resolver().url_patterns  # loaded now, so that the first request does not wait for every view's imports
