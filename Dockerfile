FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# With optional packages: the bundler is native code of this platform.
RUN npm ci
COPY tsconfig.json nest-cli.json ./
COPY src src
COPY scripts scripts
COPY openapi openapi
COPY web web
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The platform packages of optionalDependencies are Node itself, which the image already has.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8090 DATA_DIR=/data
WORKDIR /app
# ssh-keygen checks the signatures of providers.
RUN apt-get update && apt-get install -y --no-install-recommends openssh-client && rm -rf /var/lib/apt/lists/*
RUN install -d -o node -g node -m 700 /data
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY templates templates
COPY providers providers
COPY package.json LICENSE ./
# Fills the cache of compiled code, which `node` cannot write: without a configuration the service ends once all is loaded.
RUN node dist/main.js 2> /dev/null; test -d node_modules/.cache/compiled
USER node
VOLUME /data
EXPOSE 8090
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
