"""What tills asked and what was answered, without personal data: for those who connect a till.

A request is noted when its answer is there, redacted and written by a thread of its own a moment later. It never waits,
never fails a request, and may be lost: it is a log.
"""

from pos_integration.request_log.notes import note_request
from pos_integration.request_log.writer import request_log

__all__ = ["note_request", "request_log"]
