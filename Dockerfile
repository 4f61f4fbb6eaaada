# One image for web, worker and migrate; OPENWARD_ROLE and the command tell them apart.
ARG NODE=26.10.0

FROM node:${NODE}-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
RUN node scripts/build.ts

FROM node:${NODE}-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without what builds and tests, and without the embedded PostgreSQL and the Node.js for machines that have none.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error

FROM node:${NODE}-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY core core
COPY fhir fhir
COPY plugins plugins
COPY scripts scripts
COPY sql sql
COPY --from=build /app/generated generated
COPY --from=build /app/ui/build ui/build
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((it) => process.exit(it.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "core/main.ts"]
