# syntax=docker/dockerfile:1
# The server with its five plugins. `docker compose up` runs it with MariaDB; docs/deployment.md says the rest.
ARG NODE=24-bookworm

# Only what says which packages there are, so that a change of the code does not install them again.
FROM node:${NODE}-slim AS manifests
WORKDIR /source
COPY . .
RUN mkdir /manifests && cp --parents package.json package-lock.json \
  packages/*/package.json packages/plugins/*/package.json /manifests

FROM node:${NODE} AS packages
# better-sqlite3 is compiled where its binary cannot be downloaded: with the headers of this Node.
ENV npm_config_nodedir=/usr/local npm_config_update_notifier=false
WORKDIR /app
COPY --from=manifests /manifests ./
COPY scripts/install-production.mjs scripts/needed-packages.mjs /tmp/
RUN node /tmp/install-production.mjs

FROM node:${NODE}-slim AS code
ENV npm_config_update_notifier=false
WORKDIR /source
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/bundle.mjs --code /app

FROM node:${NODE}-slim
LABEL org.opencontainers.image.title="Palestra" \
  org.opencontainers.image.description="Backend for gyms and sports clubs" \
  org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 \
  PALESTRA_DATA_DIR=/var/lib/palestra/data PALESTRA_KEYS_DIR=/var/lib/palestra/keys
# A new volume takes over the owner of the folder that it is mounted on.
RUN install -d -m 0700 -o node -g node /var/lib/palestra/data /var/lib/palestra/keys \
  && install -d -o node -g node /var/lib/palestra/secrets/app \
    /var/lib/palestra/secrets/database /var/lib/palestra/secrets/monitoring
WORKDIR /app
COPY --from=packages /app ./
COPY --from=code /app ./
COPY deploy/make-secrets.mjs deploy/ready.mjs ./deploy/
# `docker compose exec app palestra doctor`
RUN ln -s /app/packages/server/bin/palestra.mjs /usr/local/bin/palestra
# The number, since Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
VOLUME ["/var/lib/palestra/data", "/var/lib/palestra/keys"]
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["node", "deploy/ready.mjs"]
ENTRYPOINT ["node", "packages/server/bin/palestra.mjs"]
CMD ["serve"]
