# One image for tills, pages, worker, beat and the migrations; docker-compose.yml says which is which.

FROM python:3.13-slim-trixie AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements-bootstrap.txt requirements.txt ./
RUN /venv/bin/pip install --require-hashes -r requirements-bootstrap.txt \
    && /venv/bin/uv pip install --python /venv/bin/python --no-cache --compile-bytecode --require-hashes -r requirements.txt
COPY . .
# The keys of the build protect nothing: static files and translations are the same for everybody.
RUN LOYALTY_VAR_DIR=/tmp/var /venv/bin/python -m loyalty.messages \
    && LOYALTY_VAR_DIR=/tmp/var STATIC_ROOT=/app/staticfiles /venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LOYALTY_VAR_DIR=/var/lib/loyalty STATIC_ROOT=/app/staticfiles DJANGO_SETTINGS_MODULE=loyalty.settings
RUN useradd --system --uid 10001 --home-dir /var/lib/loyalty --create-home loyalty \
    && install --directory --owner loyalty --mode 0700 /var/lib/loyalty-mark
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER loyalty
VOLUME /var/lib/loyalty
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "loyalty.healthcheck", "http://127.0.0.1:8000/ready"]
CMD ["python", "-m", "loyalty.serving", "--host", "0.0.0.0", "--port", "8000", "--workers", "2"]
