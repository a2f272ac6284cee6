# One image a service: docker build --build-arg SERVICE=gateway -t wharf-gateway .
# And the program wharf: docker build --target wharf -t wharf .
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

# wharf uses the code of three services.
FROM build AS pruned-wharf
RUN npm ci --omit=dev --omit=optional --workspace @wharf/cli \
 && find services -mindepth 1 -maxdepth 1 ! -name janitor ! -name metadata ! -name accounts -exec rm -r {} + \
 && find libs services cli \( -name src -o -name test \) -prune -exec rm -r {} +

FROM node:24-bookworm-slim AS wharf
ENV NODE_ENV=production VOLUME_DIR=/var/lib/wharf
RUN mkdir -p /var/lib/wharf && chown node:node /var/lib/wharf
WORKDIR /app
COPY --from=pruned-wharf /app/package.json ./
COPY --from=pruned-wharf /app/node_modules ./node_modules
COPY --from=pruned-wharf /app/libs ./libs
COPY --from=pruned-wharf /app/services ./services
COPY --from=pruned-wharf /app/cli ./cli
USER node
ENTRYPOINT ["node", "/app/cli/dist/main.js"]

FROM build AS pruned
ARG SERVICE
RUN test -n "$SERVICE" || { echo "build with --build-arg SERVICE=gateway|metadata|accounts|cloud-sync|janitor"; exit 1; } \
 && npm ci --omit=dev --omit=optional --workspace "@wharf/$SERVICE" \
 && find services -mindepth 1 -maxdepth 1 ! -name "$SERVICE" -exec rm -r {} + \
 && find libs services web -name src -prune -exec rm -r {} + \
 && find libs services -name test -prune -exec rm -r {} +

FROM node:24-bookworm-slim
ARG SERVICE
# Why these and the flags at the end: scripts/start/service-process.ts.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144 MALLOC_TRIM_THRESHOLD_=2097152
ENV NODE_ENV=production HOST=0.0.0.0 HEALTH_HOST=0.0.0.0 HEALTH_PORT=8081 VOLUME_DIR=/var/lib/wharf
RUN mkdir -p /var/lib/wharf && chown node:node /var/lib/wharf
WORKDIR /app
COPY --from=pruned /app/package.json ./
COPY --from=pruned /app/node_modules ./node_modules
COPY --from=pruned /app/libs ./libs
COPY --from=pruned /app/services ./services
# The gateway serves it.
COPY --from=pruned /app/web ./web
WORKDIR /app/services/${SERVICE}
USER node
EXPOSE 8080 8081
# The gateway answers on PORT, the others on HEALTH_PORT.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD \
  node -e "const port = process.cwd().endsWith('gateway') ? process.env.PORT || 8080 : process.env.HEALTH_PORT; fetch('http://127.0.0.1:' + port + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=30", "--no-parallel-scavenge", "dist/main.js"]
