# The site as one image: web server, worker and commands. compose.yaml runs it, docs/deployment.md says how.
#   docker build -t back-spasm-site .

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY requirements.txt .
# Without pip in the venv: the running site cannot install anything. Only wheels: no compiler is needed.
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --require-hashes --only-binary :all: -r requirements.txt
COPY . .
RUN /venv/bin/python -m babel.messages.frontend -q compile -d triage/locale -D django
# The key and the address are for this step only. They are not stored in the image.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    && export SECRET_KEY SITE_URL=http://127.0.0.1 STATIC_DIR=/app/collected-static \
    && /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m compileall -q .

FROM python:3.13-slim
# For back_up and restore: Debian's PostgreSQL, which must be compose.yaml's version or newer.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
# The site can write to these three folders only, and so cannot change its own code. Group 0, as some hosts run a
# container under a random user ID with this group. The proxy reads /static, too.
RUN install -d -o 10001 -g 0 -m 770 /data /backups && install -d -o 10001 -g 0 -m 775 /static
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# MALLOC_ARENA_MAX: two heaps instead of one for each thread. A process is about 8 MB smaller.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 \
    HOME=/tmp DATA_DIR=/data STATIC_DIR=/app/collected-static BIND_ADDRESS=0.0.0.0 PORT=8000
USER 10001:0
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "-m", "gunicorn", "--config", "backspasm_site/gunicorn_conf.py"]
