# The service with everything it can log in to. Built from a checkout: docker build -t amends .
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY cases cases
COPY config config
COPY demo demo
COPY desk desk
COPY intake intake
COPY mailer mailer
COPY service service
COPY storage storage
COPY templates templates
RUN python -m venv /opt/amends
RUN /opt/amends/bin/pip install --no-cache-dir --disable-pip-version-check ".[microsoft,google,s3]"

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/amends --create-home amends
COPY --from=build /opt/amends /opt/amends
ENV PATH=/opt/amends/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    AMENDS_CONFIG=/etc/amends/amends.toml
# Nothing else is written: the root may be read-only (compose.yaml), with a /tmp.
VOLUME /var/lib/amends
WORKDIR /var/lib/amends
USER 10001
EXPOSE 8025
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8025/ready', timeout=4)"]
ENTRYPOINT ["amends"]
CMD ["serve"]
