"""Forms of the staff pages: they read what people type and hand plain values to one operation; none of them writes."""
