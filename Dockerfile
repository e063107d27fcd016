# One image for every place: `python flows/ingest.py` on a laptop, `prefect flow-run execute` on ECS, server and worker
# in compose.yaml. `make image-test` builds it and runs it as ECS does: not as root, on a root file system that is
# read-only, with nothing to write to but /tmp.

# The tag names the Debian release and so Python 3.13. Renovate adds the digest to it and keeps it up to date.
FROM debian:trixie-slim AS python

# Debian's own Python: its fixes come with the base image, and there is no pip in it.
# Versions of Debian packages are those of the base image's release; a pinned one would vanish with its next fix.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*


FROM python AS build

# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils ca-certificates python3-pip python3-setuptools python3-venv

# A network that has a certificate authority of its own: --secret id=ca,src=FILE --build-arg PIP_CERT=/run/secrets/ca
ARG PIP_CERT

# Every file is checked against its hash. pip stays outside, in the environment that it fills.
COPY requirements.lock /tmp/
RUN --mount=type=secret,id=ca \
    python3 -m venv --without-pip /opt/venv \
 && python3 -m pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --require-hashes \
      --requirement /tmp/requirements.lock

# What no run needs: tests and C sources of libraries, Arrow's RPC, the Hive client, descriptions of AWS services that
# nothing here speaks to, dialects of databases that are not here, and symbols for debuggers. Prefect's user interface is
# for the server only. Libraries that a wheel carries in *.libs were patched to be found there: `strip` would break them.
WORKDIR /opt/venv/lib/python3.13/site-packages
RUN find . -type d \( -name tests -o -name sboms \) -prune -exec rm -r {} + \
 && find . -type f -regex '.*\.\(c\|cc\|h\|hpp\|pxd\|pxi\|pyi\|pyx\)' -delete \
 && rm -r hive_metastore prefect/server/ui numpy/f2py numpy/_core/_simd.* zstandard/_cffi.* \
      sqlalchemy/testing sqlalchemy/dialects/mssql sqlalchemy/dialects/mysql sqlalchemy/dialects/oracle \
 && find pyarrow \( -name '*flight*' -o -name 'libarrow_python*.so' -o -name 'libarrow_python*.so.*.*' \) -delete \
 && find botocore/data -mindepth 1 -maxdepth 1 -type d \
      -not -regex '.*/\(athena\|cloudwatch\|ec2\|ecr\|ecs\|glue\|iam\|logs\|s3\|secretsmanager\|sqs\|ssm\|sso\|sso-oidc\|sts\)' \
      -exec rm -r {} + \
 && mv prefect/server/ui-v2 /opt/ui \
 && find . \( -name '*.so' -o -name '*.so.*' \) -type f -not -path '*.libs/*' -exec strip --strip-unneeded {} +

# Installed in place: code, overrides.yaml and views are found beside each other, as in a checkout.
WORKDIR /app
COPY . .
RUN PYTHONPATH=/usr/lib/python3/dist-packages \
    python3 -m pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps --no-build-isolation --editable . \
 && rm -rf ./*.egg-info build

# Each entry point is run once, without network: an image that does not work cannot be built, and what a run imports
# gets its bytecode. Compiling all of the libraries instead would take 50 MB more.
ENV PATH=/opt/venv/bin:$PATH
RUN infra/image/first-run


FROM python AS run

# The authorities that TLS trusts, without the openssl command that Debian's package brings along.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app

# Where volumes are mounted (compose.yaml): a new one takes the owner of the folder.
RUN install -d -o 10001 -g 10001 /data/lake /data/prefect

# Nothing may be written but below /tmp; bytecode is there already.
# MALLOC_ARENA_MAX: with an arena for each of its many threads, glibc keeps hundreds of MB of answers that are gone.
ENV PATH=/opt/venv/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    PREFECT_HOME=/tmp/prefect \
    DO_NOT_TRACK=1

WORKDIR /app
USER 10001:10001
ENTRYPOINT ["tini", "--"]
CMD ["python", "flows/ingest.py"]


# For compose.yaml: a Prefect server with its user interface.
FROM run AS server
COPY --from=build /opt/ui /opt/venv/lib/python3.13/site-packages/prefect/server/ui-v2
CMD ["prefect", "server", "start", "--host", "0.0.0.0"]


# What is deployed.
FROM run
