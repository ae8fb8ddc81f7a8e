# Two images: `site` (web, worker, beat, migrate, sandbox provider) and `proxy` (nginx with the static files).

FROM node:22-slim AS assets
WORKDIR /assets
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

# Bookworm on purpose: the database connector of this release is the one the test suite runs with.
FROM python:3.13-slim-bookworm AS packages
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
WORKDIR /build
COPY requirements/ requirements/
RUN /venv/bin/pip install --no-cache-dir -r requirements/production.txt

FROM python:3.13-slim-bookworm AS site
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 houselights \
    && install --directory --owner=houselights /srv/media /srv/state
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=ticketing.settings.production \
    STATIC_ROOT=/srv/static \
    MEDIA_ROOT=/srv/media
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /assets/node_modules node_modules
# Collecting needs settings that load, so this one command gets secrets that no running site accepts as its own.
RUN SECRET_KEY=only-for-collecting-static-files-while-building-this-image \
    TICKET_SIGNING_KEYS=unused ALLOW_SANDBOX=true SANDBOX_WEBHOOK_SECRET=unused \
    python manage.py collectstatic --no-input --verbosity=0
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s --retries=3 CMD ["python", "-m", "deploy.healthcheck"]
CMD ["gunicorn", "ticketing.wsgi:application", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", \
     "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--access-logfile=-"]

FROM nginx:1.28-alpine AS proxy
COPY deploy/nginx/houselights.conf /etc/nginx/conf.d/default.conf
COPY --from=site /srv/static /srv/static
HEALTHCHECK --interval=15s --timeout=5s --retries=3 CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1/nginx-health"]
