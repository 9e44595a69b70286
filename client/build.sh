#!/usr/bin/env bash
# Makes the client from docs/openapi.json, and compiles it with its example: what the document does not have any more fails here.
set -euo pipefail
cd "$(dirname "$0")"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts
npm run --silent build
