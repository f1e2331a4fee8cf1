"""The application as a worker of the web server runs it: Django behind the gate and its lanes."""

from loyalty.wsgi import application as django_application

# isort: split
# Only now are the apps loaded whose words the gate uses.

from django.conf import settings

from loyalty.serving.gate import PLANS, Gate
from loyalty.serving.lanes import Lane
from pos_integration.request_log import request_log

application = Gate(django_application, {plan.name: Lane(plan) for plan in PLANS}, proxies=settings.TRUSTED_PROXY_COUNT)
request_log.start()
