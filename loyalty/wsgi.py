"""What web servers load. It does not start on a schema that this code does not know."""

from loyalty.application import application
from loyalty.schema import refuse_unknown_schema_once_it_answers

__all__ = ["application"]

refuse_unknown_schema_once_it_answers()
