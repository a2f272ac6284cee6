# syntax=docker/dockerfile:1
# All images: docker buildx bake (docker-bake.hcl says how). One: docker build --build-arg SERVICE=gateway -t wharf-gateway .
# And the program wharf: docker build --target wharf -t wharf .
ARG NODE_IMAGE=node:24-bookworm-slim

# What is installed depends on these files alone. What is copied from here is compared by content: a change of a source installs nothing again.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
 && find . -type d -empty -delete

FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY . .
# The services bring the libraries; a workspace that is built by another tool has a script for it.
RUN npx tsc -b services/*/tsconfig.build.json cli/tsconfig.build.json && npm run build --workspaces --if-present

# None of the packages is native code: what is installed here runs on every platform.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS installed
ARG SERVICE=cli
WORKDIR /app
COPY --from=manifests /app ./
# What is only for development, or for who brings it himself (Nest, of the messaging), is not asked for: npm leaves out workspaces too that nobody needs then.
RUN --mount=type=cache,target=/root/.npm \
    find . -name package.json -exec node -e 'const fs = require("fs"); for (const file of process.argv.slice(1)) { const { devDependencies, peerDependencies, ...rest } = JSON.parse(fs.readFileSync(file)); fs.writeFileSync(file, JSON.stringify(rest)); }' {} + \
 && npm ci --no-audit --no-fund --omit=dev --omit=optional --workspace "@wharf/$SERVICE" \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

# The workspaces that npm has linked, as they were built, and nothing else of the repository.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS pruned
WORKDIR /app
COPY --from=installed /app /installed
RUN --mount=type=bind,from=build,source=/app,target=/build \
    cp -r /installed/node_modules /installed/package.json . \
 && for name in node_modules/@wharf/*; do \
      workspace=$(readlink "$name") && workspace=${workspace#../../} \
      && mkdir -p "$workspace" \
      && cp "/installed/$workspace/package.json" "$workspace" \
      && if [ -d "/installed/$workspace/node_modules" ]; then cp -r "/installed/$workspace/node_modules" "$workspace"; fi \
      && cp -r "/build/$workspace/dist" "$workspace" || exit 1; \
    done \
 && find . -path ./node_modules -prune -o -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.tsbuildinfo' \) -exec rm {} +

FROM ${NODE_IMAGE} AS base
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.vendor="Wharf" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production VOLUME_DIR=/var/lib/wharf
# Of the group 0, as every user of OpenShift is, whatever its number.
RUN mkdir -p /var/lib/wharf && chown 1000:0 /var/lib/wharf && chmod u=rwx,g=u,o= /var/lib/wharf
COPY LICENSE /licenses/LICENSE
# A number, so that Kubernetes can see that it is not root.
USER 1000:0

FROM base AS wharf
LABEL org.opencontainers.image.title="wharf" \
      org.opencontainers.image.description="What operators of Wharf do by hand"
USER 0
RUN mkdir /backups && chown 1000:0 /backups && chmod u=rwx,g=u,o= /backups
USER 1000:0
WORKDIR /app
COPY --from=pruned /app ./
ENTRYPOINT ["node", "/app/cli/dist/main.js"]

FROM base AS service
ARG SERVICE
RUN test -n "$SERVICE" || { echo "build with --build-arg SERVICE=gateway|metadata|accounts|cloud-sync|janitor"; exit 1; }
LABEL org.opencontainers.image.title="wharf-${SERVICE}" \
      org.opencontainers.image.description="The service ${SERVICE} of Wharf"
# Why these and the flags at the end: scripts/start/service-process.ts.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144 MALLOC_TRIM_THRESHOLD_=2097152
ENV HOST=0.0.0.0 HEALTH_HOST=0.0.0.0 HEALTH_PORT=8081
WORKDIR /app
COPY --from=pruned /app ./
WORKDIR /app/services/${SERVICE}
EXPOSE 8080 8081
# That it runs, whatever it depends on. docker-compose.yml asks for more. The gateway answers on PORT, the others on HEALTH_PORT.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD \
  node -e "const port = process.cwd().endsWith('gateway') ? process.env.PORT || 8080 : process.env.HEALTH_PORT; fetch('http://127.0.0.1:' + port + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=30", "--no-parallel-scavenge", "dist/main.js"]
