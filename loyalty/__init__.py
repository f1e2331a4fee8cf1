"""The project package: settings, addresses, the timetable, and how the product is started.

It knows every app and no app knows it. Owns: settings, urls, the Celery app and timetable, the embedded
PostgreSQL and Valkey, the process runner, the local mail sink. Does not own: any table or business rule.
"""
